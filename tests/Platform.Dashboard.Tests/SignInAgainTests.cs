using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Platform.Dashboard.SignIn;

namespace Platform.Dashboard.Tests;

/// <summary>What a page does when its session is over.</summary>
public sealed class SignInAgainTests
{
    /// <summary>A browser that is sent to where it is, but for a fragment, goes nowhere: the page would go on to show nothing at all.</summary>
    [Theory]
    [InlineData("http://localhost/?team=team_a", "http://localhost/?team=team_a")]
    [InlineData("http://localhost/?team=team_a#figures", "http://localhost/?team=team_a")]
    [InlineData("http://localhost/#figures", "http://localhost/")]
    public async Task It_is_requested_anew_also_where_its_address_has_a_fragment(string address, string requested)
    {
        var browser = new Asked(address);
        await using var services = new ServiceCollection().AddLogging().AddSingleton<NavigationManager>(browser).BuildServiceProvider();
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        await renderer.Dispatcher.InvokeAsync(() => renderer.RenderComponentAsync<SignInAgain>());
        Assert.Equal([(requested, true)], browser.Loads);
    }

    /// <summary>Where the page is, and where it was sent.</summary>
    private sealed class Asked : NavigationManager
    {
        public Asked(string address) => Initialize("http://localhost/", address);

        public List<(string Address, bool ForceLoad)> Loads { get; } = [];

        protected override void NavigateToCore(string uri, NavigationOptions options) => Loads.Add((uri, options.ForceLoad));
    }
}
