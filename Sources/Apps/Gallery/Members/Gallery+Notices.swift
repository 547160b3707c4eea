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

  /// A moderator took the member's post down; the facts are `post`, and `reason` if one was given.
  static let postTakenDown = NoticeKind(
    "post.taken_down",
    icon: "trash",
    link: "/trash",
    details: ["reason"]
  )

  /// A moderator brought back the member's post that one of them had taken down; the fact is `post`.
  static let postRestored = NoticeKind("post.restored", icon: "retry", link: "/posts/{post}")
}

extension Gallery: NoticeSource {
  public static let context = "gallery"
  public static let noticeKinds: [NoticeKind] = [
    .storageNearlyFull, .postCommented, .postLiked, .commentLiked, .postTakenDown, .postRestored,
  ]
}
