using System.ComponentModel.DataAnnotations;
using Grpc.Core;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using Platform.ServiceDefaults;
using Platform.ServiceDefaults.Grpc;

namespace Platform.Dashboard.SignIn;

/// <summary>How long people stay signed in and where the keys of their cookies live.</summary>
internal sealed class SessionOptions
{
    public const string Section = "Session";

    /// <summary>Folder of the keys that encrypt cookies; empty: the account's default. Set it where replicas share sessions or home is not kept.</summary>
    public string KeysDirectory { get; set; } = "";

    /// <summary>Hours without use until the sign-in ends.</summary>
    [Range(1, 720)]
    public int Hours { get; set; } = 12;
}

internal static class SessionRegistration
{
    public const string SignInPath = "/sign-in";

    /// <summary>Says to the page of the sign-in that a session was over.</summary>
    public const string OverReason = "over";

    private const string CookieName = "keeptrusts_session";

    /// <summary>Sign-in by token: an encrypted cookie that scripts cannot read and other sites cannot send.</summary>
    public static void AddSession(this WebApplicationBuilder builder)
    {
        builder.Services.AddSettings<SessionOptions>(SessionOptions.Section);
        var options = builder.Configuration.GetSection(SessionOptions.Section).Get<SessionOptions>() ?? new SessionOptions();
        var protection = builder.Services.AddDataProtection().SetApplicationName("Platform.Dashboard");
        if (!string.IsNullOrWhiteSpace(options.KeysDirectory))
        {
            protection.PersistKeysToFileSystem(Directory.CreateDirectory(options.KeysDirectory));
        }

        builder.Services.AddAntiforgery(options => options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest);
        builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(cookie =>
        {
            cookie.Cookie.Name = CookieName;
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            cookie.ExpireTimeSpan = TimeSpan.FromHours(options.Hours);
            cookie.SlidingExpiration = true;
            cookie.LoginPath = SignInPath;
            cookie.AccessDeniedPath = SignInPath;
            cookie.ReturnUrlParameter = "to";
            cookie.Events.OnCheckSlidingExpiration = context =>
            {
                if (context.Principal?.FindFirst(Sessions.Claim)?.Value is { } session && context.Properties.ExpiresUtc is { } expires)
                {
                    var sessions = context.HttpContext.RequestServices.GetRequiredService<Sessions>();
                    context.ShouldRenew &= !sessions.IsEnded(session);
                    sessions.Use(session, context.ShouldRenew ? context.HttpContext.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow() + cookie.ExpireTimeSpan : expires);
                }

                return Task.CompletedTask;
            };
            var redirect = cookie.Events.OnRedirectToLogin;
            cookie.Events.OnRedirectToLogin = context =>
            {
                // Who comes with a cookie was signed in before, and is told why he is to be so again. A sign-out takes the cookie.
                context.RedirectUri = context.Request.Cookies.ContainsKey(CookieName) ? QueryHelpers.AddQueryString(context.RedirectUri, "reason", OverReason) : context.RedirectUri;
                return redirect(context);
            };
            cookie.Events.OnValidatePrincipal = context =>
            {
                // One of before sessions had names cannot be ended, so it is over.
                if (context.Principal?.FindFirst(Sessions.Claim)?.Value is not { } session || context.HttpContext.RequestServices.GetRequiredService<Sessions>().IsEnded(session))
                {
                    context.RejectPrincipal();
                }

                return Task.CompletedTask;
            };
        });
        builder.Services.AddAuthorization();
        builder.Services.AddCascadingAuthenticationState();
        builder.Services.AddSingleton<Sessions>();
        builder.Services.AddScoped<SessionToken>();
        builder.Services.AddScoped<SignInWithToken>();
    }

    /// <summary>A client of a service that calls under the signed-in person's token.</summary>
    public static void AddSessionClient<TClient>(this IServiceCollection services, string service)
        where TClient : ClientBase<TClient> =>
        services.AddClient<TClient>(service).AddCallCredentials(async (_, metadata, provider) =>
        {
            if (await provider.GetRequiredService<SessionToken>().GetAsync() is { } token)
            {
                metadata.Add("authorization", $"Bearer {token}");
            }
        });
}
