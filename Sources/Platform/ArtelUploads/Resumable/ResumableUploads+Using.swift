public import ArtelIdentifiers
public import ArtelPostgres
import ArtelStorage

extension ResumableUploads {
  /// An upload that is whole, held until it is used or let go.
  public struct Finished: Sendable {
    /// What was uploaded.
    public let upload: ResumableUpload
    let file: PartialFile

    /// Where the file is; it stays until ``ResumableUploads/remove(_:)``.
    public var path: String { file.path }

    /// Lets others have it, unused.
    public func letGo() {
      file.close()
    }
  }

  /// Holds an upload that is whole, so that nobody else uses it.
  ///
  /// - Throws: ``UploadError/unfinished``; as ``find(_:of:)``, and ``UploadError/busy``.
  public func finished(
    _ id: UploadID,
    of member: Identifier<AccountsMember>
  ) async throws -> Finished {
    let (upload, file) = try await open(id, of: member) { upload in
      guard upload.isFinished else { throw UploadError.unfinished }
    }
    return Finished(upload: upload, file: file)
  }

  /// Uses an upload up, in the transaction that stores what was made of it; call
  /// ``remove(_:)`` after its commit.
  ///
  /// - Throws: ``UploadError/unknown`` when it was used or given up meanwhile.
  public func use(_ finished: Finished, in tx: Transaction) async throws {
    let used = try await tx.write(
      "delete from uploads.uploads where id = \(finished.upload.id)"
    )
    guard used.affectedCount == 1 else { throw UploadError.unknown }
  }

  /// Removes the file of an upload that was used up; the clean-up does what is left undone.
  public func remove(_ finished: Finished) async {
    try? await files.remove("\(finished.upload.id)")
    finished.letGo()
  }
}
