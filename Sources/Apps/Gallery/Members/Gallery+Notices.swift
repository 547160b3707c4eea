public import AccountsContract

extension NoticeKind {
  /// An upload brought the member over 90 percent of the room that each member has.
  static let storageNearlyFull = NoticeKind(
    "storage.nearly_full",
    icon: "pictures",
    link: "/mine"
  )

  /// Another member said something about the member's post; the facts are `post` and `comment`.
  static let postCommented = NoticeKind(
    "post.commented",
    icon: "comment",
    link: "/posts/{post}?order=newest#comment-{comment}"
  )

  /// Other members like the member's post; the facts are `post` and how many they are, `count`.
  static let postLiked = NoticeKind(
    "post.liked",
    icon: "up",
    link: "/posts/{post}",
    bundledBy: "post"
  )

  /// Other members like the member's comment; the facts are `post`, `comment` and `count`.
  static let commentLiked = NoticeKind(
    "comment.liked",
    icon: "up",
    link: "/posts/{post}?order=top#comment-{comment}",
    bundledBy: "comment"
  )
}

extension Gallery: NoticeSource {
  public static let context = "gallery"
  public static let noticeKinds: [NoticeKind] = [
    .storageNearlyFull, .postCommented, .postLiked, .commentLiked,
  ]
}
