using System.Security.Claims;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Components.Web.HtmlRendering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Platform.Dashboard.Tests;

/// <summary>A component of the page, rendered without a browser, and again whenever it gets other figures: as a page that stays open does.</summary>
internal sealed class Rendered<T> : IAsyncDisposable
    where T : IComponent
{
    private const string Base = "http://localhost/";

    private readonly ServiceProvider _services;
    private readonly HtmlRenderer _renderer;
    private HtmlRootComponent? _root;
    private Frame? _frame;

    /// <param name="address">Where the page is.</param>
    /// <param name="more">Adds what the component asks for beside that.</param>
    public Rendered(string address = Base, Action<IServiceCollection>? more = null)
    {
        var services = new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(new FakeTimeProvider(Now))
            .AddAuthorizationCore().AddCascadingAuthenticationState().AddSingleton<AuthenticationStateProvider, Nobody>().AddSingleton<NavigationManager>(new Nowhere(address)).AddSupplyValueFromQueryProvider();
        more?.Invoke(services);
        _services = services.BuildServiceProvider();
        _renderer = new HtmlRenderer(_services, _services.GetRequiredService<ILoggerFactory>());
    }

    public IServiceProvider Services => _services;

    public static DateTimeOffset Now { get; } = new(2026, 6, 15, 12, 3, 0, TimeSpan.Zero);

    /// <summary>Its HTML with these parameters.</summary>
    public Task<string> ShowAsync(params (string Name, object? Value)[] parameters) => _renderer.Dispatcher.InvokeAsync(async () =>
    {
        _root ??= await _renderer.RenderComponentAsync<Frame>(ParameterView.FromDictionary(new Dictionary<string, object?>
        {
            [nameof(Frame.Ready)] = (Action<Frame>)(frame => _frame = frame),
        }));
        _frame!.Show(parameters);
        return _root.Value.ToHtmlString();
    });

    public async ValueTask DisposeAsync()
    {
        await _renderer.DisposeAsync();
        await _services.DisposeAsync();
    }

    /// <summary>Who is signed in: what a component shows of that is not tested here.</summary>
    private sealed class Nobody : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(new ClaimsPrincipal()));
    }

    /// <summary>Where the page is: nothing here goes elsewhere.</summary>
    private sealed class Nowhere : NavigationManager
    {
        public Nowhere(string address) => Initialize(Base, address);
    }

    private sealed class Frame : ComponentBase
    {
        private (string Name, object? Value)[]? _parameters;

        [Parameter, EditorRequired]
        public Action<Frame> Ready { get; set; } = default!;

        public void Show((string Name, object? Value)[] parameters)
        {
            _parameters = parameters;
            StateHasChanged();
        }

        protected override void OnInitialized() => Ready(this);

        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            if (_parameters is null)
            {
                return;
            }

            builder.OpenComponent<T>(0);
            builder.AddMultipleAttributes(1, _parameters.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value!)));
            builder.CloseComponent();
        }
    }
}
