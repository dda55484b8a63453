using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Platform.Dashboard.SignIn;

namespace Platform.Dashboard.Tests;

/// <summary>Sessions over a real server: what a browser's requests and its open pages may do, and until when.</summary>
public sealed class SessionTests : IAsyncLifetime
{
    private const string Name = "tab";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 6, 15, 8, 0, 0, TimeSpan.Zero));
    private readonly CookieContainer _cookies = new();
    private readonly ClaimsPrincipal _person = new(new ClaimsIdentity([new(Sessions.Claim, Name), new(ClaimTypes.NameIdentifier, "key_1")], CookieAuthenticationDefaults.AuthenticationScheme));
    private WebApplication _app = null!;
    private HttpClient _browser = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRouting();
        builder.Services.AddSingleton<TimeProvider>(_time);
        builder.AddSession();
        builder.Services.AddSingleton<IDataProtectionProvider, EphemeralDataProtectionProvider>();
        _app = builder.Build();
        _app.UseAuthentication();
        _app.UseAuthorization();
        _app.MapSignOut();
        _app.MapGet("/enter", (HttpContext http) => http.SignInAsync(_person));
        _app.MapGet("/form", (HttpContext http, IAntiforgery antiforgery) => antiforgery.GetAndStoreTokens(http).RequestToken);
        _app.MapGet("/who", (HttpContext http) => http.User.FindFirst(Sessions.Claim)?.Value ?? "");
        _app.MapGet("/page", () => "figures").RequireAuthorization();
        await _app.StartAsync(Cancel);
        _browser = NewBrowser(_cookies);
        await _browser.GetStringAsync("enter", Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task Sign_out_ends_every_open_page_of_the_session_and_copies_of_its_cookie()
    {
        Assert.Equal(Name, await _browser.GetStringAsync("who", Cancel));
        Assert.True(PageIsValid());
        using var copy = NewBrowser(Copy());
        Assert.Equal(HttpStatusCode.Found, await SignOutAsync(await _browser.GetStringAsync("form", Cancel)));
        Assert.Equal("", await _browser.GetStringAsync("who", Cancel));
        Assert.Equal("", await copy.GetStringAsync("who", Cancel));
        Assert.False(PageIsValid());
    }

    [Fact]
    public async Task Sign_out_that_comes_from_elsewhere_is_refused()
    {
        await _browser.GetStringAsync("form", Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, await SignOutAsync(""));
        Assert.Equal(Name, await _browser.GetStringAsync("who", Cancel));
        Assert.True(PageIsValid());
    }

    [Fact]
    public async Task Page_that_stays_open_is_over_with_its_session_and_lasts_as_long_as_another_tab_is_used()
    {
        await _browser.GetStringAsync("who", Cancel);
        _time.Advance(TimeSpan.FromHours(7));

        // More than half of twelve hours are over, so that the cookie is renewed.
        await _browser.GetStringAsync("who", Cancel);
        _time.Advance(TimeSpan.FromHours(12) - TimeSpan.FromSeconds(1));
        Assert.True(PageIsValid());
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(PageIsValid());
        Assert.Equal("", await _browser.GetStringAsync("who", Cancel));
        Assert.False(PageIsValid());
    }

    [Fact]
    public async Task Who_comes_back_after_the_session_is_told_that_it_has_ended_and_who_was_never_signed_in_or_has_signed_out_is_not()
    {
        Assert.Equal("figures", await _browser.GetStringAsync("page", Cancel));
        using var stranger = NewBrowser(new CookieContainer());
        Assert.Equal("/sign-in?to=%2Fpage", await SentToAsync(stranger));
        _time.Advance(TimeSpan.FromHours(13));
        Assert.Equal("/sign-in?to=%2Fpage&reason=over", await SentToAsync(_browser));

        await _browser.GetStringAsync("enter", Cancel);
        Assert.Equal("figures", await _browser.GetStringAsync("page", Cancel));
        Assert.Equal(HttpStatusCode.Found, await SignOutAsync(await _browser.GetStringAsync("form", Cancel)));
        Assert.Equal("/sign-in?to=%2Fpage", await SentToAsync(_browser));
    }

    private static async Task<string> SentToAsync(HttpClient browser)
    {
        using var answer = await browser.GetAsync("page", Cancel);
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        return answer.Headers.Location!.PathAndQuery;
    }

    private bool PageIsValid()
    {
        using var state = new SessionState(_app.Services.GetRequiredService<Sessions>(), NullLoggerFactory.Instance);
        return state.IsValid(new AuthenticationState(_person));
    }

    private async Task<HttpStatusCode> SignOutAsync(string token)
    {
        using var form = new FormUrlEncodedContent([new("__RequestVerificationToken", token)]);
        using var answer = await _browser.PostAsync("sign-out", form, Cancel);
        return answer.StatusCode;
    }

    private CookieContainer Copy()
    {
        var copy = new CookieContainer();
        copy.Add(_cookies.GetAllCookies());
        return copy;
    }

    private HttpClient NewBrowser(CookieContainer cookies) =>
        new(new HttpClientHandler { CookieContainer = cookies, AllowAutoRedirect = false }) { BaseAddress = new Uri(_app.Urls.Single()) };
}
