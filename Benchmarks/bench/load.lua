-- For wrk: asks for the paths in the file ARGS[2], one after another from a random place, as the bearer of ARGS[1].
-- JSON behind a tab is posted there.
-- Prints one line of JSON at the end.
local requests, position = {}, 0

function init(args)
  if args[1] ~= "" then wrk.headers["Authorization"] = "Bearer " .. args[1] end
  for line in io.lines(args[2]) do
    local path, json = line:match("^([^\t]+)\t(.+)$")
    if json then
      requests[#requests + 1] = wrk.format("POST", path, {["Content-Type"] = "application/json"}, json)
    else
      requests[#requests + 1] = wrk.format("GET", line)
    end
  end
  math.randomseed(tonumber(tostring(requests):match("0x(%x+)"), 16) % 2147483647)
  position = math.random(#requests)
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '{"per_second": %.1f, "p50_us": %d, "p99_us": %d, "requests": %d, "failures": %d}\n',
    summary.requests / summary.duration * 1e6, latency:percentile(50), latency:percentile(99), summary.requests,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
