// Makes a passkey, or signs in by one: fills the hidden fields of a form with what the device answers.

const algorithms = [-7, -8, -257];

function decode(text) {
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(bytes, (letter) => letter.charCodeAt(0));
}

function encode(buffer) {
  const letters = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function make({ dataset }) {
  const known = dataset.known.split(" ").filter(Boolean);
  return navigator.credentials.create({
    publicKey: {
      challenge: decode(dataset.challenge),
      rp: { id: dataset.relyingParty, name: dataset.site },
      user: { id: decode(dataset.userHandle), name: dataset.username, displayName: dataset.displayName },
      pubKeyCredParams: algorithms.map((alg) => ({ type: "public-key", alg })),
      excludeCredentials: known.map((id) => ({ type: "public-key", id: decode(id) })),
      authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
      attestation: "none",
    },
  });
}

function show({ dataset }) {
  return navigator.credentials.get({
    publicKey: {
      challenge: decode(dataset.challenge),
      rpId: dataset.relyingParty,
      userVerification: "required",
    },
  });
}

function fields(credential) {
  const { response } = credential;
  const clientData = encode(response.clientDataJSON);
  if (response.signature) {
    return {
      credential_id: encode(credential.rawId),
      user_handle: encode(response.userHandle ?? new ArrayBuffer(0)),
      authenticator_data: encode(response.authenticatorData),
      client_data: clientData,
      signature: encode(response.signature),
    };
  }
  return {
    authenticator_data: encode(response.getAuthenticatorData()),
    client_data: clientData,
    algorithm: String(response.getPublicKeyAlgorithm()),
  };
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-passkey]")) return;
  event.preventDefault();
  const error = form.querySelector("[data-passkey-error]");
  error.textContent = "";
  try {
    const credential = await (form.dataset.passkey === "make" ? make(form) : show(form));
    for (const [name, value] of Object.entries(fields(credential))) form.elements[name].value = value;
  } catch {
    // The browser has told its own part; whether the person refused or the device is not told apart.
    error.textContent = form.dataset.failed;
    return;
  }
  form.submit();
});
