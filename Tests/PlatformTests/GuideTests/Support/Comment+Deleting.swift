import ArtelModel

// example: default-scope
extension Comment {
  static var defaultScope: Condition<Comment>? { columns.deletedAt == nil }
}
// end
