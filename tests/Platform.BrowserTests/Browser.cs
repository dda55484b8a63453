using OpenQA.Selenium;
using OpenQA.Selenium.Chrome;
using Platform.Testing;

namespace Platform.BrowserTests;

/// <summary>A headless Chromium from the distribution's packages, with an empty profile of its own and nothing to fetch from elsewhere.</summary>
internal sealed class Browser : IDisposable
{
    private const string Chromium = "/usr/bin/chromium";
    private const string Driver = "/usr/bin/chromedriver";
    /// <summary>For the page to show what is waited for, on a machine that does much else.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static readonly string[] Switches =
    [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--window-size=1440,1200",
    ];

    private readonly DirectoryInfo _profile;
    private readonly ChromeDriverService _service;
    private readonly ChromeDriver _page;

    public Browser()
    {
        Assert.True(File.Exists(Chromium) && File.Exists(Driver), "Chromium is missing: apt-get install -y chromium chromium-driver");
        _profile = Directory.CreateTempSubdirectory("browser-tests-");
        var options = new ChromeOptions { BinaryLocation = Chromium };
        options.AddArguments([.. Switches, $"--user-data-dir={_profile.FullName}"]);
        _service = ChromeDriverService.CreateDefaultService(Path.GetDirectoryName(Driver), Path.GetFileName(Driver));
        _page = new ChromeDriver(_service, options, commandTimeout: TimeSpan.FromMinutes(4));
    }

    public Uri Address => new(_page.Url);

    public void Open(Uri address) => _page.Navigate().GoToUrl(address);

    /// <summary>What a script in the page answers.</summary>
    public T Run<T>(string script) => (T)_page.ExecuteScript(script)!;

    /// <summary>As wide as a screen of so many CSS pixels.</summary>
    public void Resize(int width) => _page.ExecuteCdpCommand(
        "Emulation.setDeviceMetricsOverride", new() { ["width"] = width, ["height"] = 900, ["deviceScaleFactor"] = 1, ["mobile"] = false });

    /// <summary>As it is on paper, or on the screen again.</summary>
    public void Print(bool onPaper) => _page.ExecuteCdpCommand("Emulation.setEmulatedMedia", new() { ["media"] = onPaper ? "print" : "" });

    /// <summary>PNG of the whole page.</summary>
    public byte[] Screenshot() => Convert.FromBase64String(
        (string)((Dictionary<string, object>)_page.ExecuteCdpCommand("Page.captureScreenshot", new() { ["captureBeyondViewport"] = true })!)["data"]);

    /// <summary>Waits for a field, empties it and types into it.</summary>
    public Task TypeAsync(string css, string text) => ActAsync(css, field =>
    {
        field.Clear();
        field.SendKeys(text);
    });

    /// <summary>Waits for an element and clicks on it.</summary>
    public Task ClickAsync(string css) => ActAsync(css, element => element.Click());

    /// <summary>Presses keys where the focus is.</summary>
    public void Press(string keys) => _page.SwitchTo().ActiveElement().SendKeys(keys);

    /// <summary>Waits for an element and answers its text. The page renders itself anew as it lives: what went away meanwhile is looked for again.</summary>
    public Task<string> TextAsync(string xpath) => ReadAsync(xpath, element => element.Text);

    public Task<string> AttributeAsync(string xpath, string name) => ReadAsync(xpath, element => element.GetDomAttribute(name));

    /// <summary>The address is known before the page that it is of is there, and what was found may be rendered anew before it is touched: then it is looked for again.</summary>
    private Task ActAsync(string css, Action<IWebElement> act) => Eventually.TrueAsync(
        () =>
        {
            try
            {
                act(_page.FindElement(By.CssSelector(css)));
                return Task.FromResult(true);
            }
            catch (Exception exception) when (exception is NoSuchElementException or StaleElementReferenceException)
            {
                return Task.FromResult(false);
            }
        },
        Patience, $"{css} on {Address}");

    private async Task<string> ReadAsync(string xpath, Func<IWebElement, string?> read)
    {
        string? found = null;
        await Eventually.TrueAsync(() => Task.FromResult((found = TryRead(xpath, read)) is not null), Patience, $"{xpath} on {Address}");
        return found!;
    }

    private string? TryRead(string xpath, Func<IWebElement, string?> read)
    {
        try
        {
            return _page.FindElements(By.XPath(xpath)).Select(read).FirstOrDefault();
        }
        catch (StaleElementReferenceException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        _page.Dispose();
        _service.Dispose();
        _profile.Delete(recursive: true);
    }
}
