import AccountsContract
import ArtelConcurrency
import ArtelPictures
import ArtelStorage
import ArtelTesting
import ArtelUploads
import ArtelWeb
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Testing

@testable import Accounts

/// A store's folder that goes with the test, and what prepares pictures for it.
final class TestFiles: Sendable {
  let folder = FileManager.default.temporaryDirectory.path() + "artel-avatars-\(UUID())"
  let blobs: BlobStore

  init() {
    blobs = BlobStore(directory: folder, pool: Self.pool)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: folder)
  }

  static let pool = BlockingPool(name: "avatar-tests", threads: 4)

  /// With the worker that was built beside the tests.
  static let workshop = PictureWorkshop(
    workerPath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      .map { URL(filePath: $0).deletingLastPathComponent().path() + "/artel-pictures" } ?? "",
    limits: PictureWorkshop.WorkerLimits(jobTime: .seconds(120)),
    logger: Logger(label: "avatars.tests") { _ in SwiftLogNoOpLogHandler() }
  )

  func shelf(contexts: [BlobReferences]) -> PictureShelf {
    PictureShelf(
      blobs: blobs,
      workshop: Self.workshop,
      copies: .portrait,
      limits: PictureLimits(sizeBytes: Accounts.avatarBytes),
      contexts: contexts
    )
  }

  /// Paints a picture of 300 × 200 pixels; each seed gives another one.
  func painted(seed: UInt64 = 1) async throws -> [UInt8] {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let path = "\(folder)/painted-\(UUID()).jpg"
    try await Self.workshop.paint(
      kind: 6,
      seed: seed,
      widthPixels: 300,
      heightPixels: 200,
      to: path
    )
    defer { try? FileManager.default.removeItem(atPath: path) }
    return Array(try Data(contentsOf: URL(filePath: path)))
  }

  /// The digests of the files that can be seen, in hexadecimal digits.
  var stored: Set<String> {
    let paths = FileManager.default.enumerator(atPath: "\(folder)/blobs")?.allObjects ?? []
    return Set(paths.compactMap { ($0 as? String)?.split(separator: "/").last.map(String.init) })
      .filter { $0.count == 64 }
  }

  /// Uploads and scratch folders that were not cleared away.
  var leftovers: [String] {
    // Besides the store's own folder and the locks.
    (FileManager.default.enumerator(atPath: "\(folder)/incoming")?.allObjects ?? [])
      .compactMap { $0 as? String }.filter { $0.contains("/") && !$0.hasSuffix("/lock") }
  }
}

extension TestAccounts {
  /// Has a member show a painted picture.
  @discardableResult
  func avatar(of member: Member, seed: UInt64 = 1) async throws -> Member {
    let path = "\(files.folder)/avatar-\(UUID()).jpg"
    try Data(try await files.painted(seed: seed)).write(to: URL(filePath: path))
    try await accounts.changeAvatar(of: member.id, toFileAt: path)
    return try await stored(member)
  }

  /// The addresses of a member's picture, smallest first.
  func avatarURLs(of member: Member) async throws -> [String] {
    let avatar = try #require(try await stored(member).card.avatar)
    return MemberAvatar.sidesPixels.map { avatar.url(sidePixels: $0) }
  }
}

extension TestClientProtocol {
  /// Sends pictures under the name `image`, as a program does.
  func sendAvatar(_ picture: [UInt8], token: String?) async throws -> TestResponse {
    try await sendAvatar(all: [picture], token: token)
  }

  /// Sends any number of pictures.
  func sendAvatar(all pictures: [[UInt8]], token: String?) async throws -> TestResponse {
    var headers: HTTPFields = [.contentType: "multipart/form-data; boundary=parts"]
    headers[.authorization] = token.map { "Bearer \($0)" }
    return try await execute(
      uri: "/api/members/me/avatar",
      method: .put,
      headers: headers,
      body: multipart(pictures)
    )
  }
}

extension TestBrowser {
  /// Sends a picture as the form on the page of the profile does.
  func sendAvatar(_ picture: [UInt8]) async throws -> TestResponse {
    let html = try await get("/settings/profile").text
    let token = try #require(html.firstMatch(of: /name="csrf_token" value="([^"]+)"/)?.1)
    return try await send(
      multipart([picture], token: String(token)),
      type: "multipart/form-data; boundary=parts",
      to: "/settings/profile/avatar"
    )
  }
}

/// A body with pictures under the name `image`.
func multipart(_ pictures: [[UInt8]], token: String? = nil) -> ByteBuffer {
  var body = ByteBuffer()
  if let token {
    body.writeString(
      "--parts\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\n\(token)\r\n"
    )
  }
  for picture in pictures {
    body.writeString(
      "--parts\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n"
        + "Content-Type: image/jpeg\r\n\r\n"
    )
    body.writeBytes(picture)
    body.writeString("\r\n")
  }
  body.writeString("--parts--\r\n")
  return body
}
