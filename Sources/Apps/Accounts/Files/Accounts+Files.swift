public import ArtelPostgres
public import ArtelStorage
import ArtelUploads

extension Accounts {
  /// The columns that name stored files.
  static let blobColumns =
    ["avatar_small", "avatar_medium", "avatar_large"].map { BlobColumn("members", $0) }
    + [BlobColumn("exports", "digest")]

  /// Which of the stored files the rows of a database need.
  public static func blobReferences(in db: Database) -> BlobReferences {
    BlobReferences(of: blobColumns, in: db)
  }
}
