using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;

namespace Platform.Dashboard.SignIn;

internal static class SignOutEndpoint
{
    /// <summary>Where the page's form goes, which carries the token that shows that it is this site's.</summary>
    public const string FormId = "sign-out";

    /// <summary>Ends the session in this browser, in every tab; the token itself stays valid.</summary>
    public static void MapSignOut(this WebApplication app) => app.MapPost("/sign-out", async (HttpContext http, IAntiforgery antiforgery, Sessions sessions) =>
    {
        if (!await antiforgery.IsRequestValidAsync(http))
        {
            return Results.Text("This did not come from the page that is open in this browser. Load the page again, and sign out there.", statusCode: StatusCodes.Status400BadRequest);
        }

        if (http.User.FindFirst(Sessions.Claim)?.Value is { } session)
        {
            sessions.End(session);
        }

        await http.SignOutAsync();
        return Results.Redirect(SessionRegistration.SignInPath);
    });
}
