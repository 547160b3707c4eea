-- For wrk: votes on the paths in the file ARGS[2], each with its bearer token behind a tab, in turns up and down.
local requests, position = {}, 0

function init(args)
  for line in io.lines(args[2]) do
    local path, token = line:match("^([^\t]+)\t(.+)$")
    local headers = {["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json"}
    for _, type in ipairs({"upvote", "downvote"}) do
      requests[type] = requests[type] or {}
      table.insert(requests[type], wrk.format("PUT", path, headers, '{"type": "' .. type .. '"}'))
    end
  end
  position = math.random(#requests.upvote)
end

function request()
  position = position + 1
  local round, place = math.modf(position / #requests.upvote)
  local votes = round % 2 == 0 and requests.upvote or requests.downvote
  return votes[position % #votes + 1]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '{"per_second": %.1f, "p50_us": %d, "p99_us": %d, "requests": %d, "failures": %d}\n',
    summary.requests / summary.duration * 1e6, latency:percentile(50), latency:percentile(99), summary.requests,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
