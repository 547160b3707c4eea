import AccountsContract
import ArtelModel
import ArtelPictures
import ArtelPostgres
import ArtelStorage
import ArtelUploads
import ArtelWeb

extension Gallery {
  static let uploadOperations = UploadOperations(scope: .galleryWrite, full: .quotaExceeded)

  /// `/api/uploads`; what is under way counts against the quota.
  var uploadRoutes: UploadRoutes {
    UploadRoutes(uploads, Self.uploadOperations) { bytes, member, tx in
      try await requireRoom(for: bytes, of: member, in: tx)
    }
  }

  /// Fetches a picture from an address, as an upload of a member that is whole.
  ///
  /// - Throws: `FetchError`, `UploadError`, ``QuotaError``, `StorageError`.
  func fetch(_ address: String, by member: MemberID) async throws -> ResumableUpload {
    let folder = try await pictures.blobs.makeScratchFolder()
    do {
      let upload = try await uploads.fetch(
        address,
        with: fetcher,
        through: folder,
        accepts: { AcceptedPicture(startingWith: $0) != nil },
        by: member,
        requireRoom: { bytes, tx in try await requireRoom(for: bytes, of: member, in: tx) }
      )
      await folder.remove()
      return upload
    } catch {
      await folder.remove()
      throw error
    }
  }

  /// Refuses what surely does not fit; how much is stored of it shows when it is published.
  private func requireRoom(for bytes: Int, of member: MemberID, in tx: Transaction) async throws {
    let used = try await MemberUsage.bytes(of: member, in: tx)
    guard bytes <= memberQuotaBytes - used else { throw QuotaError.exceeded }
  }
}
