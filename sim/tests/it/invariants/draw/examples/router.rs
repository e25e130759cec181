//! The registries of `[mesh]`, with examples.

use super::{BARE, Registry, names};
use sim::platform::KNOWLEDGE;
use sim::{balance, protect};

/// `ROUTERS`.
pub const ROUTERS: Registry = Registry {
    name: "ROUTERS",
    kinds: || names(sim::platform::ROUTERS),
    examples: &[("heroku", BARE), ("haproxy", BARE), ("nginx", BARE)],
};

/// What a real router's balancers may be set to, beside their defaults.
pub const BALANCERS_OF: &[(&str, &str, &str)] = &[
    ("haproxy", "p2c", "{ choices = 3 }"),
    ("haproxy", "p2c", "{ rule = \"haproxy\", choices = 1 }"),
    ("haproxy", "consistent-hash", "{ points = 16, bound = \"125%\" }"),
    ("nginx", "p2c", "{ rule = \"nginx\" }"),
    ("nginx", "consistent-hash", "{ points = 7 }"),
    ("nginx", "weighted-round-robin", "{ max-fails = 3 }"),
];

/// `balance::KINDS`.
pub const BALANCERS: Registry = Registry {
    name: "balance::KINDS",
    kinds: || names(balance::KINDS),
    examples: &[
        ("random", BARE),
        ("round-robin", BARE),
        ("weighted-round-robin", &["{}", "{ max-fails = 0 }", "{ max-fails = 3 }"]),
        ("least-loaded", BARE),
        ("least-loaded-weighted", BARE),
        ("first-free", BARE),
        ("idle-only", BARE),
        (
            "p2c",
            &[
                "{}",
                "{ choices = 3, memory = 2 }",
                "{ choices = 1 }",
                "{ rule = \"envoy\" }",
                "{ rule = \"grpc\" }",
                "{ rule = \"knative\" }",
                "{ rule = \"nginx\" }",
                "{ rule = \"haproxy\" }",
            ],
        ),
        ("peak-ewma", &["{}", "{ decay = \"500ms\", choices = 3 }"]),
        ("least-latency", &["{}", "{ smoothing = 0 }"]),
        (
            "prequal",
            &[
                "{}",
                "{ probes = 0.5, pool = 2, remove = 0 }",
                "{ probes = 5, age = \"100ms\", delta = 0 }",
            ],
        ),
        ("jiq", &["{}", "{ join = \"sq2\" }"]),
        ("consistent-hash", &["{ points = 5 }", "{ points = 1, bound = \"125%\" }"]),
        ("maglev", &["{ table = 7 }", "{ table = 251 }"]),
        ("rendezvous", BARE),
        ("sticky", &["{}", "{ entries = 2, expires = \"500ms\" }", "{ full = \"wait\" }"]),
    ],
};

/// `KNOWLEDGE`.
pub const KNOWLEDGES: Registry = Registry {
    name: "KNOWLEDGE",
    kinds: || names(KNOWLEDGE),
    examples: &[
        ("local", BARE),
        ("shared", BARE),
        (
            "gossip",
            &[
                "{}",
                "{ period = \"200ms\", delay = \"200ms\" }",
                "{ period = \"100ms\", delay = \"0s\" }",
            ],
        ),
    ],
};

/// What stands around a balancer; an aperture has kinds of its own.
pub const AROUND: Registry = Registry {
    name: "balance::AROUND",
    kinds: || names(balance::AROUND),
    examples: &[
        ("aperture", BARE),
        ("subset", &["{ size = 1 }", "{ size = LEAST }"]),
        (
            "slow-start",
            &["{ window = \"2s\" }", "{ window = \"4s\", aggression = 3, least = 0.01 }"],
        ),
        (
            "outlier-ejection",
            &[
                "{ consecutive = 2, interval = \"500ms\", base = \"1s\", most = 1 }",
                "{ interval = \"500ms\", base = \"500ms\", success-rate = { dynos = 2, requests = 3, deviations = 0.5 } }",
                "{ consecutive = \"unlimited\", interval = \"1s\", base = \"500ms\", most = 0.5, failure-percentage = { dynos = 1, requests = 2, threshold = 0.3 } }",
            ],
        ),
        ("panic", &["\"50%\"", "1"]),
        ("errors-as-load", &["{}", "{ for = \"500ms\" }"]),
    ],
};

/// `balance::APERTURES`.
pub const APERTURES: Registry = Registry {
    name: "balance::APERTURES",
    kinds: || names(balance::APERTURES),
    examples: &[
        ("deterministic", &["{ least = 1 }", "{ least = LEAST }"]),
        (
            "load",
            &[
                "{}",
                "{ low = 0.5, high = 1.5, window = \"1s\" }",
                "{ window = \"2s\", least = LEAST }",
            ],
        ),
    ],
};

/// `protect::concurrency::KINDS`.
pub const CONCURRENCY: Registry = Registry {
    name: "protect::concurrency::KINDS",
    kinds: || names(protect::concurrency::KINDS),
    examples: &[
        ("gradient2", &["{}", "{ initial = 3, min = 1, max = 9, window = \"100ms\" }"]),
        ("vegas", &["{}", "{ initial = 2, max = 9, probe = 1, window = \"100ms\" }"]),
        ("aimd", &["{}", "{ initial = 3, min = 1, max = 9, window = \"100ms\" }"]),
    ],
};

/// `protect::queue::KINDS`.
pub const QUEUES: Registry = Registry {
    name: "protect::queue::KINDS",
    kinds: || names(protect::queue::KINDS),
    examples: &[
        ("fifo", BARE),
        ("lifo", BARE),
        ("adaptive-lifo", &["{}", "{ standing = \"500ms\" }"]),
        ("codel", &["{}", "{ target = \"1ms\", interval = \"10ms\", lifo = true }"]),
    ],
};

/// `protect::shedding::KINDS`.
pub const SHEDDING: Registry = Registry {
    name: "protect::shedding::KINDS",
    kinds: || names(protect::shedding::KINDS),
    examples: &[
        ("criticality", &["{ sheddable = 0.1, sheddable-plus = 0.3, critical = 0.6 }", "{}"]),
        (
            "dagor",
            &[
                "{ threshold = \"5ms\", window = \"500ms\", requests = 10, down = 0.5 }",
                "{ threshold = \"5ms\", window = \"500ms\", down = 0.5 }",
            ],
        ),
    ],
};

/// `protect::fairness::KINDS`.
pub const FAIRNESS: Registry = Registry {
    name: "protect::fairness::KINDS",
    kinds: || names(protect::fairness::KINDS),
    examples: &[("first-come", BARE), ("max-min", BARE)],
};
