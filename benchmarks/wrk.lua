-- Sends the requests of a file in turn (method, path, token and body, separated by tabs), and prints the figures as JSON.
-- Each thread takes every so many-th of them, so that two never send the same one at the same time.
local requests, at, started = {}, 0, 0

function setup(thread)
  thread:set("first", started)
  started = started + 1
end

function init(args)
  at = first
  if first == 0 then at = -tonumber(os.getenv("BENCH_THREADS")) end -- wrk asks the first thread once without sending it
  for line in io.lines(os.getenv("BENCH_REQUESTS")) do
    local method, path, token, body = line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$")
    local headers = { ["Content-Type"] = "application/json" }
    if token ~= "" then headers["Authorization"] = "Bearer " .. token end
    if body == "" then body = nil end
    requests[#requests + 1] = wrk.format(method, path, headers, body)
  end
end

function request()
  local found = requests[at % #requests + 1]
  at = at + tonumber(os.getenv("BENCH_THREADS"))
  return found
end

-- Reading answers costs wrk time: only where they are few. The first one that refuses is printed, to say why.
if os.getenv("BENCH_TELL") then
  local told = false
  function response(status, headers, body)
    if status >= 400 and not told then
      told = true
      io.write(string.format("\nREFUSED %d %s\n", status, body:gsub("\n", " ")))
    end
  end
end

function done(summary, latency, threads)
  local e = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"microseconds":%d,"p50":%d,"p95":%d,"refused":%d,"failed":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(95), e.status,
    e.connect + e.read + e.write + e.timeout))
end
