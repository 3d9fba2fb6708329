//! calendar: date arithmetic on bounds.
