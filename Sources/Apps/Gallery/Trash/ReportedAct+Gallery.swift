import AccountsContract

extension ReportedAct {
  /// A moderator took a post down.
  static let postTakenDown = ReportedAct("post.taken_down")
  /// A moderator brought back what one of them had taken down.
  static let postRestored = ReportedAct("post.restored")
  /// A moderator deleted a member's comment.
  static let commentTakenDown = ReportedAct("comment.taken_down")
  /// A moderator banned the pictures of a post that was taken down.
  static let pictureBanned = ReportedAct("picture.banned")
  /// A moderator lets banned pictures be posted again.
  static let pictureBanLifted = ReportedAct("picture.ban_lifted")
  /// A moderator let stay what was reported.
  static let reportDismissed = ReportedAct("report.dismissed")
}
