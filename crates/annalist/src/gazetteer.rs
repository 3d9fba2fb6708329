//! gazetteer: here is a name, which places of the world may it mean?
