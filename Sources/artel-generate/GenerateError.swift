/// Why rows cannot be generated, in words for the person who wrote the migration.
struct GenerateError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
