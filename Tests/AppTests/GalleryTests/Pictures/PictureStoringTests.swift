import ArtelModel
import ArtelTesting
import ArtelUploads
import ArtelWeb
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import ArtelPictures
@testable import Gallery

@Suite("Storing a picture")
struct PictureStoringTests {
  @Test func `makes WebP copies that fit 160, 480, 960 and 1600 pixels`() async throws {
    let site = try await TestGallery.make()

    let post = try await site.published(try await Sample.photograph.value, by: Cast.ada)

    let copies = try await site.copies(of: post)
    #expect(copies.map(\.size) == [160, 480, 960, 1600])
    #expect(copies.map(\.width) == [160, 480, 960, 1600])
    #expect(copies.map(\.height) == [96, 288, 576, 960])
    for copy in copies {
      let bytes = try site.files.bytes(copy.digest, in: site.gallery.pictures.blobs)
      #expect(bytes.count == copy.bytes)
      #expect(Array(bytes[..<4]) == Array("RIFF".utf8))
      #expect(Array(bytes[8..<12]) == Array("WEBP".utf8))
    }
    #expect(site.files.stored.count == 5)
    #expect(site.files.leftovers == [])
  }

  @Test func `never enlarges a small one`() async throws {
    let site = try await TestGallery.make()

    let post = try await site.published(try await Sample.jpeg.value, by: Cast.ada)

    let copies = try await site.copies(of: post)
    #expect(copies.count == 4)
    #expect(Set(copies.map(\.width)) == [64])
    #expect(site.files.stored.count == 2)
  }

  @Test func `tells widths of copies as they are`() async throws {
    let site = try await TestGallery.make()
    let picture = try await Sample.painted(333, 1001)

    let post = try await site.published(picture, by: Cast.ada)

    let original = try await site.picture(of: post)
    for copy in try await site.copies(of: post) {
      #expect(original.width(fittingInto: copy.size) == copy.width)
    }
  }

  @Test(arguments: PictureFormat.allCases)
  func `keeps its format`(format: PictureFormat) async throws {
    let site = try await TestGallery.make()
    let upload = Upload().file(try await format.example, called: "x", type: "text/plain")

    try await site.serve { client in
      let address = try #require(try await client.publish(upload).json["cover"]["image_url"].text)
      #expect(address.hasSuffix("/original.\(format.fileExtension)"))
      let original = try await client.send(.get, address)

      #expect(original.status == .ok)
      #expect(original.headers[.contentType] == format.mediaType)
      #expect(original.headers[.xContentTypeOptions] == "nosniff")
      #expect(PictureSniffer.look(at: original.bytes) == .picture(.stored(format)))
    }
  }

  @Test(arguments: ["photo.heic", "photo.avif"])
  func `makes a JPEG of what not every browser shows`(name: String) async throws {
    let site = try await TestGallery.make()
    let upload = Upload().file(Sample.avif, called: name, type: "application/octet-stream")

    try await site.serve { client in
      let address = try #require(try await client.publish(upload).json["cover"]["image_url"].text)
      let original = try await client.send(.get, address)

      #expect(address.hasSuffix("/original.jpg"))
      #expect(original.headers[.contentType] == "image/jpeg")
      #expect(PictureSniffer.look(at: original.bytes) == .picture(.stored(.jpeg)))
    }
  }

  @Test func `shows something before the picture has come`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(try await Sample.painted(800, 600), by: Cast.ada)

    let placeholder = try #require(try await site.picture(of: post).placeholder).bytes

    #expect(placeholder.count < 300)
    #expect(PictureSniffer.look(at: placeholder) == .picture(.stored(.webp)))
    let address = "data:image/webp;base64,\(Data(placeholder).base64EncodedString())"
    try await site.serve { client async throws in
      for page in ["/", "/posts/\(post.id)"] {
        #expect(try await client.send(.get, page).text.contains(address), "\(page)")
      }
    }
  }

  @Test func `forgets where and by whom a picture was taken`() async throws {
    let site = try await TestGallery.make()
    let place = "56.4977N 84.9744E"
    let tagged = Sample.taggedJPEG(
      try await Sample.jpeg.value,
      orientation: 1,
      place: place
    )
    #expect(tagged.contains(place))

    let post = try await site.published(tagged, by: Cast.ada)

    let stored = try await site.files.bytes(
      site.picture(of: post).digest,
      in: site.gallery.pictures.blobs
    )
    #expect(!stored.contains(place))
    #expect(!stored.contains("Exif"))
    for copy in try await site.copies(of: post) {
      let bytes = try site.files.bytes(copy.digest, in: site.gallery.pictures.blobs)
      #expect(!bytes.contains(place))
      #expect(!bytes.contains("EXIF"))
    }
  }

  @Test func `turns a picture upright`() async throws {
    let site = try await TestGallery.make()
    let turned = Sample.taggedJPEG(try await Sample.jpeg.value, orientation: 6, place: "here")

    let post = try await site.published(turned, by: Cast.ada)

    let original = try await site.picture(of: post)
    #expect(original.width == 48)
    #expect(original.height == 64)
    let copy = try #require(try await site.copies(of: post).first)
    #expect(copy.width == 48)
    #expect(copy.height == 64)
  }

  @Test func `keeps an animation moving`() async throws {
    let site = try await TestGallery.make()
    let gif = Sample.gif(frames: 3)

    let post = try await site.published(gif, by: Cast.ada)

    #expect(try await site.picture(of: post).frames == 3)
    #expect(
      try await site.files.bytes(site.picture(of: post).digest, in: site.gallery.pictures.blobs)
        == gif
    )
  }

  @Test func `leaves out an archive behind a picture`() async throws {
    let site = try await TestGallery.make()
    let gif = Sample.gif()

    let post = try await site.published(gif + Array("PK\u{3}\u{4}hidden".utf8), by: Cast.ada)

    #expect(
      try await site.files.bytes(site.picture(of: post).digest, in: site.gallery.pictures.blobs)
        == gif
    )
  }
}

@Suite("Sending a picture")
struct PictureSendingTests {
  @Test(arguments: Mode.allCases)
  func `lets everybody keep a public one for ever`(mode: Mode) async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(try await Sample.jpeg.value, by: Cast.ada)

    try await site.serve(mode) { client in
      for path in [post.imageURL, post.thumbnailURL] {
        let first = try await client.send(.get, path)
        let tag = try #require(first.headers[.eTag])
        let second = try await client.send(.get, path, headers: [.ifNoneMatch: tag])

        #expect(first.status == .ok)
        #expect(first.headers[.cacheControl] == "public, max-age=31536000, immutable")
        #expect(second.status == .notModified)
        #expect(second.body.readableBytes == 0)
      }
    }
  }

  @Test(arguments: [
    "161.webp", "480.png", "480", "original.svg", "original", "original.jpg.webp", "-160.webp",
    "..", "%2e%2e%2f480.webp", "0480.webp",
  ])
  func `has no other files`(name: String) async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(try await Sample.jpeg.value, by: Cast.ada)

    try await site.serve { client in
      let path = "\(post.coverPath)/\(name)"
      let answer = try await client.send(.get, path)

      #expect(answer.status == .notFound)
    }
  }

  @Test func `needs the right token`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(try await Sample.jpeg.value, by: Cast.ada)
    let other = try await site.published(try await Sample.jpeg.value, by: Cast.ada)

    try await site.serve { client in
      let path = "/pictures/\(post.id)/\(other.visibilityToken)/\(post.coverID)/480.webp"
      let answer = try await client.send(.get, path)

      #expect(answer.status == .notFound)
    }
  }
}

extension PictureFormat {
  /// A picture of this format.
  fileprivate var example: [UInt8] {
    get async throws {
      switch self {
      case .jpeg: try await Sample.jpeg.value
      case .png: try await Sample.png.value
      case .gif: Sample.gif()
      case .webp: try await Sample.webP.value
      }
    }
  }
}
