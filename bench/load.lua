-- What wrk sends: creates, or reveals of the slugs in the file BENCH_SLUGS, each once.
-- BENCH_CLAIM makes every reveal carry a claim of its own. The result is one line of JSON.

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

local slugs = os.getenv("BENCH_SLUGS")
local the_thread

function setup(thread) the_thread = thread end

if slugs then
  local next_slug = io.lines(slugs)
  local claim = os.getenv("BENCH_CLAIM")
  if claim then math.randomseed(tonumber(claim)) end

  local function body()
    if not claim then return "{}" end
    local digits = {}
    for i = 1, 11 do digits[i] = string.format("%02x", math.random(0, 0xff)) end
    return '{"claim": "' .. table.concat(digits) .. '"}'
  end

  function request()
    local slug = next_slug and next_slug()
    if not slug then
      -- The rate is none then: wrk waits for its end, and forgets what is on its way.
      exhausted = true
      next_slug = nil
      wrk.thread:stop()
      slug = "there-are-no-more-notes"
    end
    return wrk.format(nil, "/api/v1/note/" .. slug .. "/view", nil, body())
  end
else
  local whole
  function init()
    whole = wrk.format(nil, "/api/v1/note", nil, os.getenv("BENCH_BODY"))
  end
  function request() return whole end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "seconds": %f, "refused": %d, "broken": %d, "exhausted": %s, "p50": %f, "p99": %f}\n',
    summary.requests, summary.duration / 1e6, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    the_thread:get("exhausted") and "true" or "false",
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
