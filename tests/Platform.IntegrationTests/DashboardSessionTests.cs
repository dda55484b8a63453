using System.Net;
using System.Text.RegularExpressions;
using Platform.AppHost;
using Aspire.Hosting.Testing;

namespace Platform.IntegrationTests;

/// <summary>Signing in as a browser does, with and without a proxy that ends TLS in between.</summary>
[Collection(SharedPlatformCollection.Name)]
public sealed partial class DashboardSessionTests(SharedPlatform shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("https", true)]
    [InlineData("http", false)]
    public async Task Cookie_of_a_session_is_secure_where_its_browser_speaks_tls(string scheme, bool isSecure)
    {
        using var handler = new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false };
        using var browser = new HttpClient(handler) { BaseAddress = shared.Platform.App.GetEndpoint(ResourceNames.Dashboard) };
        browser.DefaultRequestHeaders.Add("X-Forwarded-Proto", scheme);
        using var page = await browser.GetAsync("sign-in", Cancel);
        var proof = Assert.Single(CookiesOf(page), cookie => cookie.Contains("Antiforgery", StringComparison.Ordinal));
        var field = AntiforgeryField().Match(await page.Content.ReadAsStringAsync(Cancel)).Groups["value"].Value;
        using var form = new HttpRequestMessage(HttpMethod.Post, "sign-in")
        {
            Content = new FormUrlEncodedContent([new("_handler", "sign-in"), new("__RequestVerificationToken", field), new("Token", RunningPlatform.OwnerToken)]),
        };
        form.Headers.Add("Cookie", proof.Split(';')[0]);
        using var signedIn = await browser.SendAsync(form, Cancel);
        Assert.Equal(HttpStatusCode.Found, signedIn.StatusCode);
        var session = Assert.Single(CookiesOf(signedIn), cookie => cookie.StartsWith("keeptrusts_session=", StringComparison.Ordinal));
        Assert.Equal((isSecure, isSecure), (IsSecure(proof), IsSecure(session)));
        Assert.Contains("httponly", session, StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsSecure(string cookie) => cookie.Split(';').Any(part => part.Trim().Equals("secure", StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<string> CookiesOf(HttpResponseMessage answer) => answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : [];

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"(?<value>[^\"]+)\"")]
    private static partial Regex AntiforgeryField();
}
