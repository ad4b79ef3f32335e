output "workspaces" {
  description = "Bucket and account e-mails of each workspace, once its policy is in force."
  value = {
    for key, workspace in module.workspace : key => {
      bucket   = workspace.bucket
      accounts = workspace.accounts
    }
  }
}
