import ArtelConcurrency
import ArtelWeb

/// Why a member reports a post or a comment.
struct ReportForm: Form {
  let reason: ReportReason
  let text: String

  /// Reports of one member: 20 in a row, all of them back after an hour.
  static let limit = RateLimit(20, per: .seconds(3600))

  init(_ fields: inout FormReader) {
    reason = fields.choice("reason")
    text = fields.optionalString("text", .trimmed, .multiline, .length(0...1000)) ?? ""
  }
}

/// What a moderator decides about a thing that was reported.
struct DecisionForm: Form {
  enum Decision: String, CaseIterable, Sendable {
    /// It may stay.
    case dismiss
    /// It is taken down.
    case takeDown = "take_down"
    /// A post is taken down, and nobody may post its pictures again.
    case ban
  }

  let decision: Decision
  let reason: String

  init(_ fields: inout FormReader) {
    decision = fields.choice("decision")
    reason = fields.string("reason", .trimmed, .length(0...300), default: "")
  }
}
