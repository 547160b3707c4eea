import ArtelIdentifiers
import ArtelWeb

/// A picture of a post as pages show it.
struct PictureCard: Sendable {
  let id: String
  /// Its place among the pictures of the post, from 1.
  let number: Int
  /// The places before and behind; nil at the ends.
  let previous: Int?
  let next: Int?
  /// What is read out in its place.
  let alt: String
  /// What its author says is to be seen; empty without.
  let ownAlt: String
  let isCover: Bool
  /// Whether it is the only one.
  let isAlone: Bool
  let imageURL: String
  let srcset: String
  let originalURL: String
  let thumbnailURL: String
  let thumbnailSrcset: String
  let placeholder: String
  let width: Int
  let height: Int
  let editURL: String
  let deleteURL: String

  init(_ shown: ShownPicture, isCover: Bool, untitled: String) {
    let (picture, post) = (shown.picture, shown.post)
    id = picture.id.description
    number = picture.position
    previous = number > 1 ? number - 1 : nil
    next = number < post.pictureCount ? number + 1 : nil
    alt = picture.text(orTitleOf: post, untitled)
    ownAlt = picture.alt
    self.isCover = isCover
    isAlone = post.pictureCount == 1
    imageURL = picture.isMoving ? shown.imageURL : shown.largeURL
    srcset = picture.isMoving ? "" : shown.sourceSet(upTo: 1600)
    originalURL = shown.imageURL
    thumbnailURL = shown.thumbnailURL
    thumbnailSrcset = shown.sourceSet(upTo: 960)
    placeholder = picture.placeholderURL
    width = picture.width
    height = picture.height
    editURL = "/posts/\(post.id)/pictures/\(picture.id)"
    deleteURL = "/posts/\(post.id)/pictures/\(picture.id)/delete"
  }

  /// The pictures of a post, in their order; `root` is where those find the files who have a share link.
  static func all(
    of post: PostInFull,
    in pages: Pages,
    _ language: Language,
    under root: String? = nil
  ) -> [PictureCard] {
    let untitled = post.entry.untitled(in: pages, language)
    return post.pictures.map { picture in
      PictureCard(
        ShownPicture(picture: picture, post: post.post, root: root),
        isCover: picture.id == post.entry.cover.id,
        untitled: untitled
      )
    }
  }
}
