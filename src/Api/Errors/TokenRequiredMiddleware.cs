using Platform.Contracts;
using Platform.ServiceDefaults.Identity;

namespace Platform.Api.Errors;

/// <summary>
/// Refuses /v1 requests without a token before their body is read. Whether a token is valid and what it may do is decided by the service that owns the matter.
/// </summary>
internal sealed class TokenRequiredMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http) =>
        http.GetEndpoint() is null || !http.Request.Path.StartsWithSegments("/v1") || BearerToken.Read(http.Request.Headers.Authorization) is not null
            ? next(http)
            : ProblemWriter.WriteAsync(http, new Problem(401, Reasons.TokenMissing, "Send a token: Authorization: Bearer kt_live_…."));
}
