using Microsoft.AspNetCore.Authentication;

namespace Platform.Dashboard.SignIn;

internal static class SignOutEndpoint
{
    /// <summary>Ends the session in this browser; the token itself stays valid.</summary>
    public static void MapSignOut(this WebApplication app) => app.MapPost("/sign-out", async (HttpContext http) =>
    {
        await http.SignOutAsync();
        return Results.Redirect(SessionRegistration.SignInPath);
    });
}
