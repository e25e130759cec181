//! The registries of apps, clients and events, with examples.

use super::{BARE, Registry, names};
use sim::platform::{BREAKERS, BUDGETS, KEYS, PROCESSES};
use sim::{dist, fault, protect, workload};

/// `protect::criticality::KINDS`.
pub const CRITICALITY: Registry = Registry {
    name: "protect::criticality::KINDS",
    kinds: || names(protect::criticality::KINDS),
    examples: &[
        ("critical-plus", BARE),
        ("critical", BARE),
        ("sheddable-plus", BARE),
        ("sheddable", BARE),
    ],
};

/// `PROCESSES`.
pub const PROCESS: Registry = Registry {
    name: "PROCESSES",
    kinds: || names(PROCESSES),
    examples: &[
        ("workers", &["{ count = 1BACKLOG }", "{ count = 2BACKLOG }", "{ count = 4BACKLOG }"]),
        ("threads", &["{ count = 1, processes = 2BACKLOG }", "{ count = 4BACKLOG }"]),
        ("event-loop", &["{ connections = 1BACKLOG }", "{ connections = 10000BACKLOG }"]),
        ("processes", &["{ cores = 2, connections = 3BACKLOG }", "{ cores = 1BACKLOG }"]),
    ],
};

/// Distributions, none of which is longer than some seconds.
pub const DISTRIBUTIONS: Registry = Registry {
    name: "dist::KINDS",
    kinds: || names(dist::KINDS),
    examples: &[
        ("constant", &["\"100ms\"", "\"1ms\""]),
        ("uniform", &["[\"0s\", \"500ms\"]"]),
        ("exponential", &["\"50ms\"", "\"5ms\""]),
        ("erlang", &["{ k = 3, mean = \"50ms\" }"]),
        ("hyperexponential", &["{ mean = \"50ms\", cv2 = 4 }"]),
        ("lognormal", &["{ median = \"20ms\", p99 = \"1s\" }", "{ mean = \"50ms\", sigma = 1 }"]),
        ("weibull", &["{ shape = 0.7, mean = \"50ms\" }", "{ shape = 2, median = \"20ms\" }"]),
        ("pareto", &["{ shape = 1.1, min = \"5ms\", max = \"10s\" }"]),
        (
            "empirical",
            &[
                "{ quantiles = [[0, \"1ms\"], [0.5, \"40ms\"], [1, \"3s\"]] }",
                "{ file = \"times.csv\", column = \"seconds\" }",
            ],
        ),
        ("mixture", &["[{ share = 9, exponential = \"20ms\" }, { share = 1, constant = \"1s\" }]"]),
    ],
};

/// Ways to arrive. Where requests must stop coming, only those do that [`ENDING`] has.
pub const ARRIVALS: Registry = Registry {
    name: "workload::KINDS",
    kinds: || names(workload::KINDS),
    examples: &[
        ("poisson", &["{ rate = \"40/s\" }", "{ rate = \"200/s\" }", "{ rate = \"1/s\" }"]),
        ("steady", &["{ rate = \"20/s\" }"]),
        ("burst", &["{ rate = \"100/s\", base = \"2/s\", on = \"1s\", off = \"2s\" }"]),
        ("ramp", &["{ from = \"0/s\", to = \"100/s\", over = \"5s\" }"]),
        (
            "steps",
            &[
                "[{ rate = \"50/s\", for = \"3s\" }, { rate = \"0/s\", for = \"3s\" }, { rate = \"10/s\" }]",
            ],
        ),
        ("diurnal", &["{ low = \"1/s\", high = \"60/s\", period = \"6s\" }"]),
        (
            "trace",
            &[
                TRACE,
                "{ file = \"requests.csv\", time = \"at\", work = \"seconds\", endpoint = \"path\" }",
            ],
        ),
    ],
};

/// A trace that leaves what it can to the endpoints.
const TRACE: &str = "{ file = \"requests.csv\", time = { column = \"at\", unit = \"s\" } }";

/// Arrivals that end.
pub const ENDING: &[(&str, &str)] = &[
    ("steps", "[{ rate = \"40/s\", for = \"4s\" }, { rate = \"0/s\" }]"),
    ("steps", "[{ rate = \"40/s\", for = \"4s\" }, { rate = \"0/s\" }]"),
    ("trace", TRACE),
];

/// `BREAKERS`.
pub const BREAKER: Registry = Registry {
    name: "BREAKERS",
    kinds: || names(BREAKERS),
    examples: &[
        (
            "hystrix",
            &[
                "{ window = \"1s\", requests = 3, sleep = \"500ms\" }",
                "{ requests = 1, errors = 0.1, sleep = \"100ms\" }",
            ],
        ),
        (
            "resilience4j",
            &[
                "{ window = 10, least = 5, open = \"1s\", half-open = 3 }",
                "{ window = 1, least = 1, open = \"100ms\", half-open = 1 }",
            ],
        ),
        (
            "envoy",
            &[
                "{ requests = 2, retries = 1 }",
                "{ requests = 1, retries = 0 }",
                "{ retries = \"unlimited\" }",
            ],
        ),
    ],
};

/// `BUDGETS`.
pub const BUDGET: Registry = Registry {
    name: "BUDGETS",
    kinds: || names(BUDGETS),
    examples: &[
        ("ratio", &["{ share = 0.2, window = \"1s\", least = \"1/s\" }", "{ share = 0.1 }"]),
        ("token-bucket", &["{ capacity = 10 }"]),
        ("aws", &["{ quota = 30 }"]),
        ("grpc", &["{ tokens = 4, ratio = 0.5 }"]),
        ("envoy", &["{ share = 0.1, least = 1 }"]),
    ],
};

/// How popular keys are; `count` stands beside.
pub const KEY: Registry = Registry {
    name: "KEYS",
    kinds: || names(KEYS),
    examples: &[("zipf", &["1.2", "0"]), ("uniform", BARE)],
};

/// `fault::KINDS`.
pub const FAULTS: Registry = Registry {
    name: "fault::KINDS",
    kinds: || names(fault::KINDS),
    examples: &[
        ("slow", &["{ app = \"APP\", factor = 4WHICH }", "{ app = \"APP\", factor = 0.5WHICH }"]),
        ("crash", &["{ app = \"APP\"WHICH }"]),
        ("freeze", &["{ app = \"APP\"WHICH }"]),
        (
            "fail",
            &[
                "{ app = \"APP\", rate = 0.5, after = \"0s\"WHICH }",
                "{ app = \"APP\", after = \"500ms\"WHICH }",
            ],
        ),
        ("flaky", &["{ app = \"APP\", up = \"500ms\", down = \"200ms\"WHICH }"]),
        ("surge", &["{ client = \"CLIENT\", factor = 3 }", "{ client = \"CLIENT\", factor = 0 }"]),
        (
            "scale",
            &[
                "{ app = \"APP\", dynos = 0 }",
                "{ app = \"APP\", dynos = 1 }",
                "{ app = \"APP\", dynos = 4 }",
                "{ app = \"APP\", dynos = 8 }",
            ],
        ),
        (
            "set",
            &[
                "{ \"mesh.limit\" = 1 }",
                "{ \"mesh.limit\" = \"unlimited\" }",
                "{ \"mesh.backlog\" = 0 }",
                "{ \"mesh.first-byte\" = \"100ms\" }",
                "{ \"manager.launch-limit\" = \"0/s\" }",
                "{ \"manager.launch-limit\" = \"2/s\" }",
                "{ \"app.APP.admission.rate\" = \"10/s\" }",
                "{ \"app.APP.admission.rate\" = \"0/s\" }",
                "{ \"app.APP.admission.rate\" = \"unlimited\" }",
                "{ \"client.CLIENT.timeout\" = \"200ms\" }",
                "{ \"client.CLIENT.deadline\" = \"400ms\" }",
                "{ \"client.CLIENT.retry.attempts\" = 1 }",
                "{ \"client.CLIENT.retry.budget\" = \"1%\" }",
            ],
        ),
    ],
};
