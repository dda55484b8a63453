using System.ComponentModel.DataAnnotations;
using System.Net;
using Platform.Contracts;

namespace Platform.Metering.Alerts.Delivery;

/// <summary>How alerts leave. Section Alerts.</summary>
internal sealed class AlertOptions : IValidatableObject
{
    public const string Section = "Alerts";

    /// <summary>
    /// Networks (CIDR) that webhooks may reach although they are not public, by http too; separated by commas. Empty: https to public addresses only.
    /// 127.0.0.0/8 lets a receiver on this machine be tried.
    /// </summary>
    public string AllowedNetworks { get; set; } = "";

    /// <summary>How long a receiver may take for one attempt, in seconds.</summary>
    [Range(1, 60)]
    public int TimeoutSeconds { get; set; } = 20;

    /// <summary>How old metered usage that has not left for the ledger may be before it is an alert, in seconds.</summary>
    [Range(10, 86_400)]
    public int UnpostedAfterSeconds { get; set; } = 600;

    public SmtpOptions Smtp { get; set; } = new();

    public IReadOnlyList<IPNetwork> Networks() =>
        [.. AllowedNetworks.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(IPNetwork.Parse)];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var network in AllowedNetworks.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!IPNetwork.TryParse(network, out _))
            {
                yield return new ValidationResult($"Alerts:AllowedNetworks has '{network}', which is no network such as 127.0.0.0/8.");
            }
        }

        foreach (var problem in Smtp.Problems())
        {
            yield return new ValidationResult(problem);
        }
    }
}

internal enum SmtpSecurity
{
    /// <summary>Plain at first, then TLS, which the server must offer.</summary>
    StartTls,

    /// <summary>TLS from the first byte.</summary>
    Tls,

    /// <summary>In the clear: for a relay on this machine only.</summary>
    None,
}

/// <summary>The server that takes mail. Without a host no mail is sent.</summary>
internal sealed class SmtpOptions
{
    public string Host { get; set; } = "";

    public int Port { get; set; } = 587;

    public SmtpSecurity Security { get; set; } = SmtpSecurity.StartTls;

    /// <summary>Empty: without authentication.</summary>
    public string User { get; set; } = "";

    public string Password { get; set; } = "";

    /// <summary>The sender's address.</summary>
    public string From { get; set; } = "";

    public bool IsConfigured => Host.Length > 0;

    public IEnumerable<string> Problems()
    {
        if (!IsConfigured)
        {
            yield break;
        }

        if (Port is < 1 or > 65_535)
        {
            yield return $"Alerts:Smtp:Port must be 1 to 65535; it is {Port}.";
        }

        if (From.Length == 0 || Validation.Email("Alerts:Smtp:From", From) is not null)
        {
            yield return $"Alerts:Smtp:From must be the sender's address; it is '{From}'.";
        }

        if (User.Length > 0 && Security == SmtpSecurity.None)
        {
            yield return "Alerts:Smtp:User needs Alerts:Smtp:Security StartTls or Tls: a password is not sent in the clear.";
        }

        if (User.Length == 0 != (Password.Length == 0))
        {
            yield return "Alerts:Smtp:User and Alerts:Smtp:Password belong together: set both or none.";
        }
    }
}
