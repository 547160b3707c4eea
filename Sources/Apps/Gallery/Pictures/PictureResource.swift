import ArtelIdentifiers
import ArtelPostgres
import ArtelWeb
import FoundationEssentials
import GalleryContract

/// A picture of a post as the JSON API shows it.
struct PictureResource: JSONWritable {
  let shown: ShownPicture

  init(_ shown: ShownPicture) {
    self.shown = shown
  }

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("id", shown.picture.id)
      json.field("position", shown.picture.position)
      json.field("alt", shown.picture.alt)
      json.field("image_url", shown.imageURL)
      json.field("thumbnail_url", shown.thumbnailURL)
      json.field("width", shown.picture.width)
      json.field("height", shown.picture.height)
      json.field("is_moving", shown.picture.isMoving)
    }
  }
}

extension PictureResource: JSONResource {
  static let schemaName = "Picture"

  static var examples: [PictureResource] {
    PostResource.examples.map { PictureResource($0.entry.shownCover) }
  }
}
