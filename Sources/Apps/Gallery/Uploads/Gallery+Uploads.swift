import ArtelModel
import ArtelPostgres
import ArtelUploads
import ArtelWeb

extension Gallery {
  static let uploadOperations = UploadOperations(scope: .galleryWrite, full: .quotaExceeded)

  /// `/api/uploads`; what is under way counts against the quota.
  var uploadRoutes: UploadRoutes {
    UploadRoutes(uploads, Self.uploadOperations) { [memberQuotaBytes] bytes, member, tx in
      let used = try await MemberUsage.bytes(of: member, in: tx)
      guard bytes <= memberQuotaBytes - used else { throw QuotaError.exceeded }
    }
  }
}
