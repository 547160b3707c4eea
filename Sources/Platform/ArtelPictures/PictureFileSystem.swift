import Glibc

/// Reads and writes whole pictures; all calls block.
enum PictureFileSystem {
  /// Reads a file of at most `limitBytes` bytes.
  static func read(_ path: String, limitBytes: Int) throws(PictureError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .disk }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw .disk }
    guard status.st_size > 0 else { throw .empty }
    guard status.st_size <= limitBytes else { throw .tooLarge(limitBytes: limitBytes) }
    let size = Int(status.st_size)
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let taken = Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, size - count)
        if taken > 0 {
          count += taken
        } else if taken == 0 || errno != EINTR {
          return
        }
      }
    }
    guard bytes.count == size else { throw .disk }
    return bytes
  }

  /// Writes the cleaned copy of `bytes` to a file that must not exist.
  static func write(
    _ anatomy: PictureAnatomy,
    of bytes: [UInt8],
    to path: String
  ) throws(PictureError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .disk }
    let isWritten = bytes.withUnsafeBytes { bytes in
      anatomy.pieces.allSatisfy { piece in
        switch piece {
        case .kept(let range):
          write(UnsafeRawBufferPointer(rebasing: bytes[range]), to: descriptor)
        case .made(let made):
          made.withUnsafeBytes { write($0, to: descriptor) }
        }
      }
    }
    guard close(descriptor) == 0, isWritten else { throw .disk }
  }

  static func size(_ path: String) throws(PictureError) -> Int {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw .disk }
    return Int(status.st_size)
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count > 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }
}
