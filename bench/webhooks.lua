-- Signed deliveries: each is another one. The signatures were made before (`webhooks.py`).
local lines, from, count = {}, 0, 0
local padding = string.rep("x", 1800)

function init(args)
  for line in io.lines(args[1]) do
    lines[#lines + 1] = line
  end
  from = tonumber(args[2])
end

function request()
  count = count + 1
  local number, signature = lines[from + count]:match("(%d+) (%x+)")
  local body = string.format(
    '{"action":"opened","number":%s,"padding":"%s","lane":"lane-%d"}',
    number, padding, tonumber(number) % 25
  )
  return wrk.format("POST", nil, {
    ["Content-Type"] = "application/json",
    ["X-GitHub-Event"] = "push",
    ["X-GitHub-Delivery"] = "bench-" .. number,
    ["X-Hub-Signature-256"] = "sha256=" .. signature,
  }, body)
end
