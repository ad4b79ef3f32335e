Feature: access to the buckets of the catalog, as far as text tells it
  # That a binding has a condition cannot be asked: each value of a policy is matched alone, and two have none rightly.

  Scenario: nobody but accounts and people
    Given I have google_storage_bucket_iam_policy defined
    When it has policy_data
    Then it must have policy_data
    And its value must not match the ".*(allUsers|allAuthenticatedUsers|project(Owner|Editor|Viewer):).*" regex

  Scenario: no role of Google's in a bucket's policy
    Given I have google_storage_bucket_iam_policy defined
    When it has policy_data
    Then it must have policy_data
    And its value must not match the ".*roles/storage.*" regex

  Scenario: every prefix ends in a slash
    Given I have google_storage_bucket_iam_policy defined
    When it has policy_data
    Then it must have policy_data
    And its value must not match the ".*startsWith\([^()]*[a-z0-9][^a-z0-9/()]+\).*" regex

  Scenario: conditions test prefixes, and do not negate
    Given I have google_storage_bucket_iam_policy defined
    When it has policy_data
    Then it must have policy_data
    And its value must not match the ".*(endsWith|extract|!resource).*" regex

  Scenario: no grant of storage on the project
    Given I have google_project_iam_member defined
    Then it must have role
    And its value must not match the "roles/storage.*" regex

  Scenario: one role alone may set policies
    Given I have google_project_iam_custom_role defined
    When its role_id is not arco_administer
    Then it must have permissions
    And its value must not match the ".*setIamPolicy.*" regex

  Scenario: nobody acts as an account
    Given I have google_service_account_iam_member defined
    Then it must have role
    And its value must not match the "roles/iam.serviceAccount.*" regex
