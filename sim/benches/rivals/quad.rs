//! A heap of four children a node, which lie together on two cache lines.

use super::{Payload, Queue, pack};

#[derive(Clone, Copy)]
struct Entry {
    key: u128,
    payload: Payload,
}

/// A place without an entry: it loses every comparison.
const VACANT: Entry = Entry { key: u128::MAX, payload: [0; 2] };

/// The children of one node.
#[derive(Clone, Copy)]
#[repr(align(128))]
struct Siblings([Entry; 4]);

/// Node 0 is the root; the children of node `n` are nodes `4n + 1` to `4n + 4`, group `n`.
pub struct QuadHeap {
    root: Entry,
    groups: Vec<Siblings>,
    len: usize,
    seq: u64,
}

impl Default for QuadHeap {
    fn default() -> QuadHeap {
        QuadHeap { root: VACANT, groups: Vec::new(), len: 0, seq: 0 }
    }
}

impl QuadHeap {
    fn entry(&mut self, node: usize) -> &mut Entry {
        match node.checked_sub(1) {
            None => &mut self.root,
            Some(below) => &mut self.groups[below / 4].0[below % 4],
        }
    }
}

impl Queue for QuadHeap {
    fn push(&mut self, time: u64, payload: Payload) {
        self.seq += 1;
        let entry = Entry { key: pack(time, self.seq), payload };
        let mut node = self.len;
        self.len += 1;
        if node > 0 && (node - 1) / 4 == self.groups.len() {
            self.groups.push(Siblings([VACANT; 4]));
        }
        while node > 0 {
            let parent = *self.entry((node - 1) / 4);
            if parent.key < entry.key {
                break;
            }
            *self.entry(node) = parent;
            node = (node - 1) / 4;
        }
        *self.entry(node) = entry;
    }

    fn pop(&mut self) -> (u64, Payload) {
        let least = self.root;
        self.len -= 1;
        let last = std::mem::replace(self.entry(self.len), VACANT);
        if self.len > 0 {
            let mut node = 0;
            while let Some(Siblings(children)) = self.groups.get(node) {
                // A tournament of selects, which compiles to no branch.
                let left = usize::from(children[1].key < children[0].key);
                let right = 2 + usize::from(children[3].key < children[2].key);
                let best = if children[right].key < children[left].key { right } else { left };
                let child = children[best];
                if last.key < child.key {
                    break;
                }
                *self.entry(node) = child;
                node = 4 * node + 1 + best;
            }
            *self.entry(node) = last;
        }
        ((least.key >> 64) as u64, least.payload)
    }
}
