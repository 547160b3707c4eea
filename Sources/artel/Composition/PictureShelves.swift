import Accounts
import ArtelPictures
import ArtelStorage
import ArtelUploads
import Gallery

/// Where each app keeps pictures: all on one store, so that whoever removes a file asks every app.
struct PictureShelves {
  let stage: Stage
  let blobs: BlobStore
  let workshop: PictureWorkshop

  /// What members post.
  var posts: PictureShelf { shelf(.gallery, sizeBytes: stage.settings.pictureBytes) }

  /// What members show of themselves.
  var portraits: PictureShelf { shelf(.portrait, sizeBytes: Accounts.avatarBytes) }

  private func shelf(_ copies: PictureCopies, sizeBytes: Int) -> PictureShelf {
    PictureShelf(
      blobs: blobs,
      workshop: workshop,
      copies: copies,
      limits: PictureLimits(sizeBytes: sizeBytes, pixels: stage.settings.picturePixels),
      contexts: stage.blobReferences
    )
  }
}

extension Stage {
  /// Which stored files the rows of the contexts name, always in this order.
  var blobReferences: [BlobReferences] {
    [
      Accounts.blobReferences(in: database("accounts")),
      Gallery.blobReferences(in: database("gallery")),
    ]
  }
}
