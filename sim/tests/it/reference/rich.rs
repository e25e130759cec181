//! A scenario with everything in it.

/// A scenario with every setting and every kind that there is.
pub const RICH: &str = r#"
schema = 1

[run]
duration = "10m"
precision = "5%"

[mesh]
knowledge = "gossip"
balancer.prequal = {}
concurrency = "gradient2"
queue = "codel"
shedding = "criticality"
slow-start = {}
outlier-ejection = { failure-percentage = {} }
panic = "50%"
errors-as-load = {}

[bus]
[manager]

[host.old]
antagonist = { every = "1m", lasts = "1s", factor = 2 }

[app.shop]
memory = {}
admission = { rate = "100/s" }
class.new.antagonist = { every = "1m", lasts = "1s", factor = 2 }
endpoint.constant.work = { constant = "1ms", clip = ["1ms", "2ms"] }
endpoint.uniform.work.uniform = ["1ms", "2ms"]
endpoint.exponential.work.exponential = "1ms"
endpoint.erlang.work.erlang = { k = 2, mean = "1ms" }
endpoint.hyper.work.hyperexponential = { mean = "1ms", cv2 = 4 }
endpoint.lognormal.work.lognormal = { median = "1ms", p99 = "9ms" }
endpoint.narrow.work.lognormal = { mean = "1ms", p95 = "3ms" }
endpoint.narrower.work.lognormal = { mean = "1ms", sigma = 0.5 }
endpoint.weibull.work.weibull = { shape = 0.5, median = "1ms" }
endpoint.wider.work.weibull = { shape = 0.5, scale = "1ms" }
endpoint.pareto.work.pareto = { shape = 1.5, min = "1ms", max = "1s" }
endpoint.measured.work.empirical = { quantiles = [[0, "1ms"], [1, "2ms"]] }
endpoint.listed.work.empirical = { file = "rows.csv", column = "work" }
endpoint.mixed.work.mixture = [{ share = 1, constant = "1ms" }]

[app.looped]
process = "event-loop"
endpoint.home.work.constant = "1ms"
[app.threaded]
process = "threads"
endpoint.home.work.constant = "1ms"
[app.light]
process = "processes"
endpoint.home.work.constant = "1ms"

[client.poisson]
app = "shop"
endpoint = "constant"
arrivals.poisson = { rate = "1/s" }
retry.budget = "20%"
hedge = "1s"
criticality = "critical-plus"
[client.steady]
criticality = "sheddable-plus"
app = "shop"
arrivals.steady = { rate = "1/s" }
retry.budget = "token-bucket"
breaker = "hystrix"
throttle = {}
keys = "uniform"
[client.burst]
criticality = "sheddable"
app = "shop"
arrivals.burst = { rate = "1/s", on = "1s", off = "1s" }
retry.budget = "aws"
breaker = "resilience4j"
keys = { zipf = 1.0 }
[client.ramp]
app = "shop"
arrivals.ramp = { from = "1/s", to = "2/s", over = "1m" }
retry.budget = "grpc"
breaker = "envoy"
[client.steps]
retry.budget = "envoy"
app = "shop"
arrivals.steps = [{ rate = "1/s", for = "1m" }, { rate = "2/s" }]
[client.diurnal]
app = "shop"
arrivals.diurnal = { low = "1/s", high = "2/s" }
[client.trace]
app = "shop"
[client.trace.arrivals.trace]
file = "rows.csv"
time = { column = "at", unit = "ms" }
work = { column = "count", times = "1ms" }
endpoint = "endpoint"
[client.users]
app = "shop"
users = 3

[[event]]
at = "1m"
for = "1m"
slow = { app = "shop", factor = 2, dynos = 1 }
[[event]]
at = "1m"
crash = { app = "shop", share = 1 }
[[event]]
at = "1m"
freeze = { app = "shop" }
[[event]]
at = "1m"
fail = { app = "shop" }
[[event]]
at = "1m"
flaky = { app = "shop" }
[[event]]
at = "1m"
surge = { client = "poisson", factor = 2 }
[[event]]
at = "1m"
scale = { app = "shop", dynos = 2 }
[[event]]
at = "1m"
set = { "mesh.limit" = 5 }

[[expect]]
that = "goodput > 1/s"
scope = "all"
from = "1m"
to = "2m"
variant = "random"
[[expect]]
that = "goodput > 1/s"
variants = ["p2c"]

[[expect]]
that = "goodput > 1/s"
stage = "soak"

[load]
target = "https://staging.example"
allow = ["staging.example"]
rate-max = "500/s"
users-max = 100
roots = "roots.pem"
headers.accept = "*/*"
abort-when = "error_rate > 50%"
stages = [
    { name = "grow", users = { from = 1, to = 100 }, growth.linear = 5, stop-when = "users > 99" },
    { name = "climb", rate = { from = "1/s", to = "9/s" }, growth.geometric = 3 },
    { name = "soak", users = "80% of boundary", for = "1m" },
]
watch.router.haproxy = "http://127.0.0.1/stats;csv"
watch.proxy.nginx = "http://127.0.0.1/status"
watch.dynos.prometheus = { url = "http://127.0.0.1/metrics", series = ["up"] }
journey.visit = { steps = ["constant", "uniform"] }
[load.request.constant]
method = "POST"
path = "/constant"
headers.accept = "text/html"
body = "{{}}"
status = [200]
has-header = { name = "date" }
contains = "ok"
keep.a.header = "x-a"
keep.b.json = "/b"
keep.c.between = ["<", ">"]
[load.request.uniform]
body-file = "rows.csv"
sse.stay = "1m"
[load.request.erlang]
websocket = { send = "ping", every = "1s", stay = "1m" }

[vary]
"mesh.balancer" = [
    "peak-ewma", "least-latency", "jiq", "prequal",
    "random", "round-robin", "least-loaded", "idle-only", "least-loaded-weighted", "first-free",
    "rendezvous",
    { p2c = { choices = 2, rule = "envoy", memory = 1 } },
    { weighted-round-robin = { max-fails = 3 } },
    { consistent-hash = { points = 100, bound = "125%" } },
    { maglev = { table = 251 } },
    { sticky = { entries = 1000, expires = "1h", full = "wait" } },
]

[variant.one]
mesh.knowledge = "shared"
mesh.concurrency = "vegas"
mesh.queue = "lifo"
mesh.shedding = "dagor"
mesh.capacity.fairness = "max-min"
[variant.two]
mesh.concurrency = "aimd"
mesh.queue = "adaptive-lifo"
[variant.three]
mesh.queue = "fifo"
mesh.capacity.fairness = "first-come"
[variant.narrow]
mesh.aperture = "load"
[variant.sliced]
mesh.aperture.deterministic.least = 1
[variant.dealt]
mesh.subset.size = 1
[variant.known]
mesh = { knowledge = "local", balancer.p2c.choices = 3 }
[variant.measured]
mesh.balancer.peak-ewma = { decay = "5s", choices = 3 }
[variant.average]
mesh.balancer.least-latency.smoothing = 0.5
[variant.joined]
mesh.balancer.jiq.join = "sq2"
[variant.deaf]
mesh = { balancer = "p2c", reports = "none" }
"#;

/// Settings that exclude each other, and so cannot stand in the rich scenario but as variants.
pub const APART: [&str; 3] = [
    "[mesh]\naperture = \"load\"",
    "[mesh]\naperture.deterministic = { least = 2 }",
    "[mesh]\nsubset = { size = 2 }",
];

/// The file that the rich scenario names.
pub const ROWS: &str = "at,work,count,endpoint\n0,1ms,3,constant\n500,0.2,4,uniform\n";
