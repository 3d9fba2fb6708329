//! The dependency graph that rules walk: the tree, and the relations that it leaves to the reader.

use crate::syntax::{Deprel, Parsed, Upos};
use crate::text::TokenId;

/// Edges of one document: those of the trees and those that follow from them (subjects shared by
/// conjuncts, of relative, participial and controlled clauses).
///
/// # Source
/// In the spirit of Enhanced Universal Dependencies (Schuster & Manning 2016).
pub struct Graph {
    starts: Vec<u32>,
    edges: Vec<(Deprel, u32)>,
    heads: Vec<Option<(Deprel, u32)>>,
}

impl Graph {
    /// Builds the graph once per document.
    pub fn new(parsed: &Parsed<'_>) -> Self {
        let tokens = parsed.syntax.len();
        let mut list: Vec<(u32, Deprel, u32)> = Vec::with_capacity(tokens + tokens / 4);
        let mut heads = vec![None; tokens];
        for (token, slot) in heads.iter_mut().enumerate() {
            if let Some(head) = parsed.head(token) {
                list.push((head as u32, parsed.deprel(token), token as u32));
                *slot = Some((parsed.deprel(token), head as u32));
            }
        }
        let mut graph = Graph::pack(tokens, list.clone(), heads);
        // Heads come before the clauses that share their subject, so that chains are followed.
        let extra = implied(parsed, &graph);
        list.extend(extra);
        let heads = std::mem::take(&mut graph.heads);
        Graph::pack(tokens, list, heads)
    }

    fn pack(tokens: usize, mut list: Vec<(u32, Deprel, u32)>, heads: Vec<Option<(Deprel, u32)>>) -> Self {
        list.sort_unstable_by_key(|&(head, relation, dependent)| (head, dependent, relation));
        list.dedup();
        let mut starts = vec![0u32; tokens + 1];
        for &(head, ..) in &list {
            starts[head as usize + 1] += 1;
        }
        for t in 0..tokens {
            starts[t + 1] += starts[t];
        }
        Graph { starts, edges: list.into_iter().map(|(_, r, d)| (r, d)).collect(), heads }
    }

    /// The dependents of a token with their relations, in order.
    pub fn down(&self, token: TokenId) -> impl Iterator<Item = (Deprel, TokenId)> + '_ {
        let range = self.starts[token] as usize..self.starts[token + 1] as usize;
        self.edges[range].iter().map(|&(relation, dependent)| (relation, dependent as usize))
    }

    /// The head of a token in the tree.
    pub fn up(&self, token: TokenId) -> Option<(Deprel, TokenId)> {
        self.heads[token].map(|(relation, head)| (relation, head as usize))
    }

    /// The tokens one step away by one of some relations.
    pub(super) fn step(
        &self,
        up: bool,
        token: TokenId,
        relations: &[Deprel],
    ) -> impl Iterator<Item = TokenId> {
        let fits = |&(relation, _): &(Deprel, TokenId)| {
            relations.iter().any(|&r| {
                relation == r
                    || (relation.is_a(r) && !matches!(relation, Deprel::NsubjPass | Deprel::CsubjPass))
            })
        };
        let above = self.up(token).filter(|_| up);
        let below = (!up).then(|| self.down(token)).into_iter().flatten();
        above.into_iter().chain(below).filter(fits).map(|(_, to)| to)
    }

    fn subject(&self, token: TokenId) -> Option<(Deprel, TokenId)> {
        self.down(token).find(|(relation, _)| relation.is_a(Deprel::Nsubj))
    }

    fn has(&self, token: TokenId, relation: Deprel) -> bool {
        self.down(token).any(|(r, _)| r.is_a(relation))
    }
}

/// Subjects and objects that the tree leaves to the reader.
fn implied(parsed: &Parsed<'_>, graph: &Graph) -> Vec<(u32, Deprel, u32)> {
    let mut extra: Vec<(u32, Deprel, u32)> = Vec::new();
    for token in 0..parsed.syntax.len() {
        let Some((relation, head)) = graph.up(token) else { continue };
        if relation.is_a(Deprel::Nsubj)
            && let Some(first) = parted_conjunct(parsed, graph, token, head)
        {
            extra.push((head as u32, relation, first as u32));
        }
        if !matches!(parsed.upos(token), Upos::Verb | Upos::Adj | Upos::Noun | Upos::Aux) {
            continue;
        }
        let own = graph.subject(token);
        match relation {
            // "which hit a bus": the pronoun stands for the noun before it.
            Deprel::AclRelcl => {
                let pronoun = graph.down(token).find(|&(r, d)| {
                    (r.is_a(Deprel::Nsubj) || r == Deprel::Obj)
                        && matches!(parsed.lower(d), "who" | "which" | "that" | "whom")
                });
                match pronoun {
                    Some((role, _)) => extra.push((token as u32, role, head as u32)),
                    None if own.is_some() && !graph.has(token, Deprel::Obj) => {
                        extra.push((token as u32, Deprel::Obj, head as u32));
                    }
                    None => {}
                }
            }
            // "a car hit by a drone", "a drone carrying explosives".
            Deprel::Acl if own.is_none() => {
                // What has an object is active, even where the parser takes "gunmen abducted a priest" for a noun phrase.
                let active = graph.has(token, Deprel::Obj);
                let role = if active { Deprel::Nsubj } else { participle(parsed, token) };
                extra.push((token as u32, role, head as u32));
                // "An operator and his colleague killed by …": what befell the second befell the first.
                if let Some((Deprel::Conj, first)) = graph.up(head) {
                    extra.push((token as u32, role, first as u32));
                }
            }
            // "… and wounded three", "struck a bus, killing two", "tried to shoot".
            // What counts its own ("19 were killed and 34 wounded") shares nobody.
            Deprel::Conj | Deprel::Advcl | Deprel::Xcomp | Deprel::Parataxis
                if own.is_none() && !graph.has(token, Deprel::Nummod) =>
            {
                let inherited = extra
                    .iter()
                    .rev()
                    .find(|&&(h, r, _)| h as usize == head && r.is_a(Deprel::Nsubj))
                    .map(|&(_, r, d)| (r, d as usize))
                    .or_else(|| graph.subject(head));
                if let Some((role, subject)) = inherited {
                    let passive = graph.has(token, Deprel::AuxPass)
                        || (relation == Deprel::Conj
                            && role == Deprel::NsubjPass
                            && participle(parsed, token) == Deprel::NsubjPass
                            && !graph.has(token, Deprel::Obj));
                    let role = if passive { Deprel::NsubjPass } else { Deprel::Nsubj };
                    if subject != token {
                        extra.push((token as u32, role, subject as u32));
                    }
                }
            }
            _ => {}
        }
    }
    extra
}

/// "A woman (66) and a man (70) were killed": a subject that opens with "and" has its first conjunct before it, which the
/// parser hung on the verb.
fn parted_conjunct(parsed: &Parsed<'_>, graph: &Graph, subject: TokenId, verb: TokenId) -> Option<TokenId> {
    let joint = graph.down(subject).find(|&(r, d)| r == Deprel::Cc && d < subject)?.1;
    let bare = |token: TokenId| !graph.has(token, Deprel::Case) && parsed.upos(token) == Upos::Noun;
    graph
        .down(verb)
        .filter(|&(r, d)| {
            d < joint && matches!(r, Deprel::Obl | Deprel::Dep | Deprel::Nsubj | Deprel::Dislocated)
        })
        .map(|(_, d)| d)
        .filter(|&d| bare(d))
        .last()
}

/// Whether the noun before a bare participle does or suffers what it says.
fn participle(parsed: &Parsed<'_>, token: TokenId) -> Deprel {
    if parsed.lower(token).ends_with("ing") { Deprel::Nsubj } else { Deprel::NsubjPass }
}
