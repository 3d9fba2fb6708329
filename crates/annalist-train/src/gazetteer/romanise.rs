//! Names in Latin letters for places that a source gives in Cyrillic only.

/// The name of a place of a country in its usual romanisation.
///
/// # Source
/// Ukraine: resolution 55 of the Cabinet of Ministers, 2010. Others: BGN/PCGN for Russian, without soft signs.
pub(super) fn place(country: &str, name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len());
    for (n, &c) in letters.iter().enumerate() {
        let before = n.checked_sub(1).map(|p| letters[p]);
        let initial = before.is_none_or(|b| !b.is_alphabetic() && !is_apostrophe(b));
        let lower = c.to_lowercase().next().unwrap_or(c);
        let latin =
            if country == "UA" { ukrainian(lower, initial, before) } else { russian(lower, initial, before) };
        match latin {
            Some(latin) if c.is_uppercase() => {
                let mut chars = latin.chars();
                out.extend(chars.next().map(|f| f.to_ascii_uppercase()));
                out.extend(chars);
            }
            Some(latin) => out.push_str(latin),
            None => out.push(c),
        }
    }
    out
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ')
}

fn ukrainian(c: char, initial: bool, before: Option<char>) -> Option<&'static str> {
    Some(match c {
        'г' if before.is_some_and(|b| matches!(b, 'з' | 'З')) => "gh",
        'г' => "h",
        'ґ' => "g",
        'е' => "e",
        'є' => {
            if initial {
                "ye"
            } else {
                "ie"
            }
        }
        'и' => "y",
        'і' => "i",
        'ї' => {
            if initial {
                "yi"
            } else {
                "i"
            }
        }
        'й' => {
            if initial {
                "y"
            } else {
                "i"
            }
        }
        'ю' => {
            if initial {
                "yu"
            } else {
                "iu"
            }
        }
        'я' => {
            if initial {
                "ya"
            } else {
                "ia"
            }
        }
        'ь' | '\'' | '’' | 'ʼ' => "",
        _ => return common(c),
    })
}

fn russian(c: char, initial: bool, before: Option<char>) -> Option<&'static str> {
    let soft = initial || before.is_some_and(|b| "аеёиоуыэюяйъьАЕЁИОУЫЭЮЯ".contains(b));
    Some(match c {
        'г' => "g",
        'е' => {
            if soft {
                "ye"
            } else {
                "e"
            }
        }
        'ё' => {
            if soft {
                "yo"
            } else {
                "o"
            }
        }
        'и' | 'і' => "i",
        'й' | 'ы' => "y",
        'э' => "e",
        'ў' => "u",
        'ю' => "yu",
        'я' => "ya",
        'ъ' | 'ь' => "",
        _ => return common(c),
    })
}

fn common(c: char) -> Option<&'static str> {
    Some(match c {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'д' => "d",
        'ж' => "zh",
        'з' => "z",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' => "u",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' | 'ы' | 'э' | 'ё' => return russian_only(c),
        _ => return None,
    })
}

fn russian_only(c: char) -> Option<&'static str> {
    match c {
        'ы' => Some("y"),
        'э' => Some("e"),
        'ё' => Some("o"),
        _ => Some(""),
    }
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn usual_spellings() {
        assert_eq!(place("UA", "Гроза"), "Hroza");
        assert_eq!(place("UA", "Юнаківка"), "Yunakivka");
        assert_eq!(place("UA", "Куп'янськ"), "Kupiansk");
        assert_eq!(place("UA", "Згурівка"), "Zghurivka");
        assert_eq!(place("BY", "Заболотье"), "Zabolotye");
        assert_eq!(place("BY", "Ельск"), "Yelsk");
    }
}
