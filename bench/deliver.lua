-- Each request is a delivery of its own: about 2 KiB of JSON with a number in it.
local count = 0
local padding = string.rep("x", 2000)

request = function()
  count = count + 1
  local body = '{"event":{"group_id":"1"},"text":"' .. count .. " " .. padding .. '"}'
  return wrk.format("POST", "/", { ["Content-Type"] = "application/json" }, body)
end
