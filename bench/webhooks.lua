-- Signed deliveries. The signatures were made before (`webhooks.py`).
-- Arguments: the file of signatures, how many of them to pass over, the event of GitHub, and how
-- many deliveries to send again and again (0: each is another one).
local lines, from, count, event, few = {}, 0, 0, "push", 0
local padding = string.rep("x", 1800)

function init(args)
  for line in io.lines(args[1]) do
    lines[#lines + 1] = line
  end
  from, event, few = tonumber(args[2]), args[3], tonumber(args[4])
end

function request()
  count = few > 0 and count % few + 1 or count + 1
  local number, signature = lines[from + count]:match("(%d+) (%x+)")
  local body = string.format(
    '{"action":"opened","number":%s,"padding":"%s","lane":"lane-%d"}',
    number, padding, tonumber(number) % 25
  )
  return wrk.format("POST", nil, {
    ["Content-Type"] = "application/json",
    ["X-GitHub-Event"] = event,
    ["X-GitHub-Delivery"] = "bench-" .. number,
    ["X-Hub-Signature-256"] = "sha256=" .. signature,
  }, body)
end
