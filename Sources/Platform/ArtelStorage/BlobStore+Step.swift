extension BlobStore {
  /// The moments in the life of a file between which a crash can fall.
  ///
  /// Tests end the process at every one of them and look at what the next start makes of the rest.
  public enum Step: String, CaseIterable, Sendable {
    /// An upload has an empty file.
    case uploadBegun
    /// A piece of an upload was written.
    case pieceWritten
    /// A scratch folder was made.
    case scratchMade
    /// A file is complete, and not yet synced.
    case written
    /// A file is synced, and the folder it goes to is not yet made.
    case synced
    /// The folder is there, the file is not in it.
    case shardMade
    /// The file has its name, and the folder is not yet synced.
    case renamed
    /// The content was there already, and the folder is not yet synced.
    case known
    /// The blob is durable.
    case shelved
    /// A blob was removed.
    case removed
    /// The left-over of an earlier crash was removed, others may follow.
    case leftoverRemoved
    /// A piece of a file that grows over several requests was written, and is not yet synced.
    case partWritten
    /// Such a file is durable as far as it has come.
    case partSynced
    /// Such a file is whole and used, and was removed.
    case partRemoved
    /// Blobs without a row were found, none is removed yet.
    case orphansFound
  }
}
