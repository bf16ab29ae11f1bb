// Runs at CloudFront before the files: every address of the dashboard is its one page.
function handler(event) {
  var request = event.request;
  if (request.uri === "/") {
    return { statusCode: 302, statusDescription: "Found", headers: { location: { value: "/dashboard" } } };
  }
  if (request.uri === "/login" || request.uri === "/dashboard" || request.uri.startsWith("/dashboard/")) {
    request.uri = "/index.html";
  }
  return request;
}
