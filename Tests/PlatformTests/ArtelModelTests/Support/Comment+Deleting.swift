import ArtelModel

extension Comment {
  static var defaultScope: Condition<Comment>? { columns.deletedAt == nil }
}
