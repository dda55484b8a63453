using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Platform.NativeHost.Engine;

/// <summary>What a project's own files say about how it is started.</summary>
internal sealed record ProjectSettings(
    IReadOnlyList<EndpointAnnotation> Endpoints,
    IReadOnlyDictionary<string, string> LaunchEnvironment)
{
    /// <summary>Reads appsettings and the first launch profile; Kestrel's endpoints win over the profile's URLs, as in Aspire.</summary>
    public static ProjectSettings Read(string projectDirectory, string environmentName)
    {
        if (!Directory.Exists(projectDirectory))
        {
            return new ProjectSettings([], new Dictionary<string, string>());
        }

        var settings = new ConfigurationBuilder().SetBasePath(projectDirectory)
            .AddJsonFile("appsettings.json", optional: true)
            .AddJsonFile($"appsettings.{environmentName}.json", optional: true)
            .Build();
        var launch = new ConfigurationBuilder().SetBasePath(projectDirectory)
            .AddJsonFile("Properties/launchSettings.json", optional: true)
            .Build()
            .GetSection("profiles").GetChildren().FirstOrDefault(p => p["commandName"] == "Project");

        var endpoints = settings.GetSection("Kestrel:Endpoints").GetChildren().Select(FromKestrel).ToList();
        if (endpoints.Count == 0)
        {
            endpoints.AddRange(FromLaunchProfile(launch?["applicationUrl"]));
        }

        var environment = launch?.GetSection("environmentVariables").GetChildren().ToDictionary(v => v.Key, v => v.Value ?? string.Empty);
        return new ProjectSettings(endpoints, environment ?? []);
    }

    // A fixed port in appsettings is for running the service alone; under the AppHost ports are given out, so that two checkouts can run.
    private static EndpointAnnotation FromKestrel(IConfigurationSection endpoint) =>
        new(endpoint.Key, Scheme(endpoint["Url"])) { KestrelName = endpoint.Key };

    private static IEnumerable<EndpointAnnotation> FromLaunchProfile(string? urls) =>
        (urls ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(Scheme)
            .Where(scheme => scheme == "http") // No certificate is made here, and every consumer is on this machine.
            .Distinct()
            .Select(scheme => new EndpointAnnotation(scheme, scheme));

    private static string Scheme(string? url) =>
        url is not null && url.StartsWith("https:", StringComparison.OrdinalIgnoreCase) ? "https" : "http";
}
