/// A form is split where the bytes `&` and `=` stand, and what is decoded is encoded back.
func fuzzURLEncoded(_ bytes: [UInt8]) {
  guard let text = String(validating: bytes, as: UTF8.self) else { return }
  let found = URLEncoded.fields(of: text)
  let pairs = bytes.split(separator: UInt8(ascii: "&")).map { pair in
    pair.split(
      separator: UInt8(ascii: "="),
      maxSplits: 1,
      omittingEmptySubsequences: false
    )
  }
  guard let found else { return }
  expect(found.count == pairs.count, "It has \(pairs.count) fields, found \(found.count).")
  for (field, pair) in zip(found, pairs) {
    let name = PercentEncoding.decode(
      String(decoding: pair[0], as: UTF8.self),
      plusIsSpace: true
    )
    expect(field.name == name, "A name is read otherwise.")
    let encoded = PercentEncoding.encode(field.value)
    expect(
      PercentEncoding.decode(encoded, plusIsSpace: true).map { Array($0.utf8) }
        == Array(field.value.utf8),
      "A value is not the same after encoding."
    )
    expect(!field.value.utf8.contains(0) && !field.name.utf8.contains(0), "A NUL was let in.")
  }
  _ = Language(acceptLanguage: text)
}
