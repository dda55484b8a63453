using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Platform.ServiceDefaults;

/// <summary>Sections of a service's settings. What is out of range, or stands in a section that has no such setting, keeps the service from starting, and all of it is named (decision 0319).</summary>
public static class Settings
{
    /// <summary>Binds a section, and checks it when the service starts.</summary>
    /// <param name="ofOthers">Settings that other services read of a section of this name: one environment may set up all of them.</param>
    public static OptionsBuilder<TOptions> AddSettings<TOptions>(this IServiceCollection services, string section, params string[] ofOthers)
        where TOptions : class
    {
        services.AddSingleton<IValidateOptions<TOptions>>(provider => new KnownSettings<TOptions>(provider.GetRequiredService<IConfiguration>().GetSection(section), ofOthers));
        return services.AddOptions<TOptions>().BindConfiguration(section).ValidateDataAnnotations().ValidateOnStart();
    }

    /// <summary>What stands in a section and is no setting of its options.</summary>
    private static IEnumerable<string> Unknown(IConfigurationSection section, Type options, string[] ofOthers)
    {
        var known = options.GetProperties().Where(property => property.SetMethod is { IsPublic: true }).ToDictionary(property => property.Name, property => property.PropertyType, StringComparer.OrdinalIgnoreCase);
        foreach (var child in section.GetChildren().Where(child => !ofOthers.Contains(child.Key, StringComparer.OrdinalIgnoreCase)))
        {
            if (!known.TryGetValue(child.Key, out var type))
            {
                yield return $"There is no setting {Name(child)}. Of {Name(section)} there are: {string.Join(", ", known.Keys.Order(StringComparer.Ordinal))}.";
            }
            else if (type.IsClass && type.Assembly == options.Assembly)
            {
                foreach (var problem in Unknown(child, type, []))
                {
                    yield return problem;
                }
            }
        }
    }

    /// <summary>As an environment variable is named.</summary>
    private static string Name(IConfigurationSection section) => section.Path.Replace(":", "__", StringComparison.Ordinal);

    private sealed class KnownSettings<TOptions>(IConfigurationSection section, string[] ofOthers) : IValidateOptions<TOptions>
        where TOptions : class
    {
        public ValidateOptionsResult Validate(string? name, TOptions options) =>
            Unknown(section, typeof(TOptions), ofOthers).ToList() is { Count: > 0 } problems ? ValidateOptionsResult.Fail(problems) : ValidateOptionsResult.Success;
    }
}
