import CArgon2
import Glibc

/// Blocking calls of libargon2.
enum Argon2 {
  /// The tag of `password`: ``PasswordHash/tagBytes`` bytes.
  static func tag(of password: String, salt: [UInt8], cost: PasswordCost) throws -> [UInt8] {
    var tag = [UInt8](repeating: 0, count: PasswordHash.tagBytes)
    let status = withContext(password, salt: salt, tag: &tag, cost: cost) { argon2id_ctx(&$0) }
    try check(status)
    return tag
  }

  /// Whether `password` has the tag of `hash`; libargon2 compares in constant time.
  static func verify(_ password: String, against hash: PasswordHash) throws -> Bool {
    var tag = [UInt8](repeating: 0, count: hash.tag.count)
    let status = withContext(password, salt: hash.salt, tag: &tag, cost: hash.cost) { context in
      hash.tag.withUnsafeBytes { expected in
        argon2id_verify_ctx(&context, expected.bindMemory(to: CChar.self).baseAddress)
      }
    }
    if status == ARGON2_VERIFY_MISMATCH.rawValue { return false }
    try check(status)
    return true
  }

  private static func withContext(
    _ password: String,
    salt: [UInt8],
    tag: inout [UInt8],
    cost: PasswordCost,
    _ body: (inout argon2_context) -> CInt
  ) -> CInt {
    // libargon2 takes mutable pointers, and wipes this copy of the password when it has read it.
    var password = Array(password.utf8)
    var salt = salt
    return password.withUnsafeMutableBufferPointer { password in
      salt.withUnsafeMutableBufferPointer { salt in
        tag.withUnsafeMutableBufferPointer { tag in
          var context = argon2_context()
          context.out = tag.baseAddress
          context.outlen = UInt32(tag.count)
          context.pwd = password.baseAddress
          context.pwdlen = UInt32(password.count)
          context.salt = salt.baseAddress
          context.saltlen = UInt32(salt.count)
          context.t_cost = UInt32(cost.iterations)
          context.m_cost = UInt32(cost.kibibytes)
          context.lanes = UInt32(cost.lanes)
          context.threads = 1
          context.version = ARGON2_VERSION_NUMBER.rawValue
          context.allocate_cbk = allocate
          context.free_cbk = free
          context.flags = clearPassword
          return body(&context)
        }
      }
    }
  }

  private static func check(_ status: CInt) throws {
    switch status {
    case ARGON2_OK.rawValue: return
    case ARGON2_MEMORY_ALLOCATION_ERROR.rawValue: throw PasswordError.outOfMemory
    default: throw PasswordError.refused(code: Int(status))
    }
  }
}

/// `ARGON2_FLAG_CLEAR_PASSWORD`, a macro that Swift does not import.
private let clearPassword: UInt32 = 1

/// Maps fresh pages, which go back to the system after the run: malloc would keep 19 MiB for each
/// thread of the pool, and the pages of a run do not belong into a core dump.
private func allocate(
  _ memory: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?,
  _ sizeBytes: Int
) -> CInt {
  let pages = mmap(nil, sizeBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
  guard let pages, pages != MAP_FAILED else {
    memory?.pointee = nil
    return ARGON2_MEMORY_ALLOCATION_ERROR.rawValue
  }
  madvise(pages, sizeBytes, MADV_DONTDUMP)
  // Every page is written: thousands of small faults cost a third of the run.
  madvise(pages, sizeBytes, MADV_HUGEPAGE)
  memory?.pointee = pages.assumingMemoryBound(to: UInt8.self)
  return ARGON2_OK.rawValue
}

private func free(_ memory: UnsafeMutablePointer<UInt8>?, _ sizeBytes: Int) {
  munmap(memory, sizeBytes)
}
