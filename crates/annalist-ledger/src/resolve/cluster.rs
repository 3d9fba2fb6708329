//! cluster: mentions whose pairs are scored, put into groups. Groups join while their pairs speak for it on average, the
//! surest first; what people have said is never overruled.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// What a pair counts that was never compared, in a set too large to compare all.
///
/// # Units
/// Log-odds.
const UNKNOWN: f64 = -4.0;

/// Pairs between two groups: sum of the scores, how many are known, whether some contradict one another, and whether people
/// hold the groups apart.
#[derive(Clone, Copy, Debug, Default)]
struct Links {
    sum: f64,
    known: u32,
    contrary: bool,
    apart: bool,
}

/// Two groups that could join.
struct Join {
    mean: f64,
    groups: (usize, usize),
    /// How often each had joined when this was found.
    ages: (u32, u32),
}

impl Ord for Join {
    fn cmp(&self, other: &Self) -> Ordering {
        self.mean.total_cmp(&other.mean).then_with(|| other.groups.cmp(&self.groups))
    }
}
impl PartialOrd for Join {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Join {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Join {}

/// Groups in the making, over members numbered from 0.
pub(super) struct Groups {
    /// The group of each member: its least member.
    group: Vec<usize>,
    members: Vec<Vec<usize>>,
    links: Vec<BTreeMap<usize, Links>>,
    ages: Vec<u32>,
    /// For each group the rows of each table that it holds.
    rows: Vec<BTreeMap<u32, BTreeSet<u32>>>,
}

impl Groups {
    /// So many members, each alone.
    pub(super) fn new(count: usize) -> Self {
        Groups {
            group: (0..count).collect(),
            members: (0..count).map(|member| vec![member]).collect(),
            links: vec![BTreeMap::new(); count],
            ages: vec![0; count],
            rows: vec![BTreeMap::new(); count],
        }
    }

    /// The score of a pair.
    pub(super) fn link(&mut self, a: usize, b: usize, score: f32) {
        self.change(a, b, |links| {
            links.sum += f64::from(score);
            links.known += 1;
        });
    }

    /// A pair contradicts one another: the program does not join their groups.
    pub(super) fn contradict(&mut self, a: usize, b: usize) {
        self.change(a, b, |links| links.contrary = true);
    }

    /// A member is a row of a table: the program does not join it with another row of that table, neither compared with
    /// it nor by way of others.
    pub(super) fn label(&mut self, member: usize, table: u32, row: u32) {
        if let Some(rows) = self.rows.get_mut(member) {
            rows.entry(table).or_default().insert(row);
        }
    }

    /// Whether a table tells two groups apart: both hold rows of it, and none in common.
    fn told_apart(&self, a: usize, b: usize) -> bool {
        let Some((a, b)) = self.rows.get(a).zip(self.rows.get(b)) else { return false };
        a.iter().any(|(table, rows)| b.get(table).is_some_and(|others| rows.is_disjoint(others)))
    }

    /// People hold a pair apart.
    pub(super) fn hold_apart(&mut self, a: usize, b: usize) {
        self.change(a, b, |links| links.apart = true);
    }

    /// People put a pair together: says no when they also hold members of the two groups apart.
    pub(super) fn put_together(&mut self, a: usize, b: usize) -> bool {
        let (Some(a), Some(b)) = (self.group_of(a), self.group_of(b)) else { return false };
        if a == b {
            return true;
        }
        if self.links.get(a).and_then(|links| links.get(&b)).is_some_and(|links| links.apart) {
            return false;
        }
        self.join(a.min(b), a.max(b));
        true
    }

    /// Joins groups while the mean of their pairs is above `cut`, the highest first; returns the group of each member.
    pub(super) fn agglomerate(mut self, cut: f32) -> Vec<usize> {
        let mut joins = BinaryHeap::new();
        for group in 0..self.links.len() {
            joins.extend(self.joins(group, cut).filter(|join| join.groups.0 == group));
        }
        while let Some(join) = joins.pop() {
            let (a, b) = join.groups;
            let age = |group: usize| self.ages.get(group).copied();
            if age(a) != Some(join.ages.0) || age(b) != Some(join.ages.1) {
                continue;
            }
            self.join(a, b);
            joins.extend(self.joins(a, cut));
        }
        self.group
    }

    /// What a group could join with.
    fn joins(&self, group: usize, cut: f32) -> impl Iterator<Item = Join> {
        let size = |group: usize| self.members.get(group).map_or(0, Vec::len);
        let age = |group: usize| self.ages.get(group).copied().unwrap_or_default();
        self.links
            .get(group)
            .into_iter()
            .flatten()
            .filter(move |(other, links)| !links.apart && !links.contrary && !self.told_apart(group, **other))
            .filter_map(move |(&other, links)| {
                let pairs = (size(group) * size(other)) as f64;
                let mean = (links.sum + UNKNOWN * (pairs - f64::from(links.known))) / pairs;
                let (a, b) = (group.min(other), group.max(other));
                (mean > f64::from(cut)).then(|| Join { mean, groups: (a, b), ages: (age(a), age(b)) })
            })
    }

    fn group_of(&self, member: usize) -> Option<usize> {
        self.group.get(member).copied()
    }

    fn change(&mut self, a: usize, b: usize, change: impl Fn(&mut Links)) {
        for (a, b) in [(a, b), (b, a)] {
            if let Some(links) = self.links.get_mut(a) {
                change(links.entry(b).or_default());
            }
        }
    }

    /// Puts the members and links of `b` into `a`, which is less.
    fn join(&mut self, a: usize, b: usize) {
        let members = self.members.get_mut(b).map(std::mem::take).unwrap_or_default();
        for &member in &members {
            if let Some(group) = self.group.get_mut(member) {
                *group = a;
            }
        }
        if let Some(into) = self.members.get_mut(a) {
            into.extend(members);
        }
        for (table, rows) in self.rows.get_mut(b).map(std::mem::take).unwrap_or_default() {
            if let Some(into) = self.rows.get_mut(a) {
                into.entry(table).or_default().extend(rows);
            }
        }
        for (other, links) in self.links.get_mut(b).map(std::mem::take).unwrap_or_default() {
            if let Some(back) = self.links.get_mut(other) {
                back.remove(&b);
            }
            if other != a {
                self.change(a, other, |into| {
                    into.sum += links.sum;
                    into.known += links.known;
                    into.contrary |= links.contrary;
                    into.apart |= links.apart;
                });
            }
        }
        for group in [a, b] {
            if let Some(age) = self.ages.get_mut(group) {
                *age += 1;
            }
        }
    }
}
