import HTTPTypes
public import Hummingbird
import NIOCore

extension Request {
  /// Most bytes of a form's body unless a route says otherwise: 1 MiB.
  public static let formLimitBytes = 1_048_576

  /// Reads the body as a form: JSON, urlencoded, or the text fields of a multipart body.
  ///
  /// - Parameters:
  ///   - type: The form.
  ///   - limitBytes: Most bytes of the body; default 1 MiB.
  /// - Returns: The form, every field of it right.
  /// - Throws: ``Problem`` of kind `validation` (422) with every wrong field, `bad_request` for a
  ///   malformed body, `too_large`, `unsupported_media_type`.
  public func form<F: Form>(
    _ type: F.Type = F.self,
    limitBytes: Int = Request.formLimitBytes
  ) async throws -> F {
    try F.read(from: await formSource(limitBytes: limitBytes))
  }

  /// Reads the body as a form of a page, which is shown again when fields are wrong.
  ///
  /// - Throws: As ``form(_:limitBytes:)``, except for wrong fields.
  public func submission<F: Form>(
    of type: F.Type = F.self,
    limitBytes: Int = Request.formLimitBytes
  ) async throws -> FormSubmission<F> {
    F.submission(from: try await formSource(limitBytes: limitBytes))
  }

  /// Whether the body is said to be JSON.
  public var isJSON: Bool {
    if case .json = ContentType(headers) { true } else { false }
  }

  /// Reads the fields of the body without a form.
  public func formSource(limitBytes: Int = Request.formLimitBytes) async throws -> FormSource {
    switch ContentType(headers) {
    case .json:
      let bytes = try await body.collect(upTo: limitBytes)
      guard case .object(let members) = try json(bytes) else {
        throw Problem.badRequest("The body must be a JSON object.")
      }
      return FormSource(json: members)
    case .urlencoded:
      let bytes = try await body.collect(upTo: limitBytes)
      guard let text = String(validating: bytes.readableBytesView, as: UTF8.self) else {
        throw Problem.badRequest("The form is not valid urlencoded UTF-8 text.")
      }
      return try FormSource(urlencoded: text)
    case .multipart:
      var limits = MultipartLimits()
      limits.totalBytes = limitBytes
      return try await multipart(limits: limits) { file in
        throw Problem.validation(file.name, .type)
      }
    case .other: throw Problem.unsupportedMediaType
    }
  }

  private func json(_ bytes: ByteBuffer) throws -> JSONValue {
    do {
      return try JSONValue(parsing: bytes.readableBytesView)
    } catch {
      throw Problem.badRequest("The body is not valid JSON: \(error).")
    }
  }
}

/// The content types forms come in.
enum ContentType {
  case json
  case urlencoded
  case multipart
  case other

  init(_ headers: HTTPFields) {
    guard let value = headers.firstValue(of: .contentType) else {
      self = .other
      return
    }
    let mediaType = value.prefix { $0 != ";" }.trimmingSpaces().lowercased()
    switch mediaType {
    case "application/json": self = .json
    case "application/x-www-form-urlencoded": self = .urlencoded
    case "multipart/form-data": self = .multipart
    default:
      self = mediaType.hasPrefix("application/") && mediaType.hasSuffix("+json") ? .json : .other
    }
  }
}

extension HTTPFields {
  /// The value of the first field with a name; unlike the subscript it joins and copies nothing.
  func firstValue(of name: HTTPField.Name) -> String? {
    first { $0.name == name }?.value
  }
}
