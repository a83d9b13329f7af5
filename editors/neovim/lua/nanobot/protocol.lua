--- Our own requests and notifications, as docs/protocol.md has them.
--- A test compares this file with that page: it reads it without running it.
local M = {}

M.version = 1

M.methods = {
  status = 'nanobot/status',
  processes = 'nanobot/processes',
  review = 'nanobot/review',
  didChangeStatus = 'nanobot/didChangeStatus',
  didChangeProcess = 'nanobot/didChangeProcess',
  showReview = 'nanobot/showReview',
  resync = 'nanobot/resync',
}

---@class nanobot.Status
---@field server nanobot.ServerStatus
---@field workspaces nanobot.WorkspaceStatus[]
---@field models nanobot.ModelStatus[]
---@field completion nanobot.CompletionStatus

---@class nanobot.ServerStatus
---@field version string
---@field pid integer
---@field logPath string

---@class nanobot.WorkspaceStatus
---@field uri string
---@field name string
---@field isHostRunning boolean
---@field index nanobot.IndexStatus?

---@class nanobot.IndexStatus
---@field state string
---@field percentage integer?
---@field files integer
---@field definitions integer
---@field problem string

---@class nanobot.ModelStatus
---@field role string
---@field name string
---@field state string

---@class nanobot.CompletionStatus
---@field isOn boolean
---@field model string
---@field problem string

---@class nanobot.ProcessesParams
---@field uri? string

---@class nanobot.ProcessesResult
---@field processes nanobot.Process[]

---@class nanobot.Process
---@field processId string
---@field workspaceUri string
---@field goal string
---@field recipe string
---@field state string
---@field isAlive boolean
---@field done integer
---@field steps integer
---@field edits integer
---@field refused integer
---@field seconds number
---@field percentage integer?
---@field message string

---@class nanobot.ReviewParams
---@field processId string
---@field uri? string

---@class nanobot.Review
---@field processId string
---@field workspaceUri string
---@field goal string
---@field recipe string
---@field state string
---@field isWhole boolean
---@field files nanobot.ReviewFile[]
---@field refused nanobot.ReviewRefusal[]
---@field notes string[]

---@class nanobot.ReviewFile
---@field path string
---@field uri string
---@field change string
---@field newUri string?
---@field originalUri string
---@field modifiedUri string
---@field hunks nanobot.ReviewHunk[]

---@class nanobot.ReviewHunk
---@field hunkId string
---@field title string
---@field startLine integer
---@field endLine integer
---@field isLikely boolean
---@field isFound boolean

---@class nanobot.ReviewRefusal
---@field path string
---@field definition string
---@field reason string

---@class nanobot.ResyncParams
---@field uri string

return M
