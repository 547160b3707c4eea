import AccountsContract

extension ReportedAct {
  /// A moderator took a post down.
  static let postTakenDown = ReportedAct("post.taken_down")
  /// A moderator brought back what one of them had taken down.
  static let postRestored = ReportedAct("post.restored")
}
